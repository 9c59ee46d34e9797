import { DefsError } from '../../error.ts'
import type { PackageFile, SignedArchive } from '../source.ts'
import type { Transport } from '../transport.ts'
import type { TriItem } from './item.ts'

/**
 * The package of an item, with the digest that the signed index states for it. Packages are not signed
 * themselves while they travel, so one that the guard of the index does not name is refused (domain.md 2.1).
 * @throws TRUST_FILE_UNLISTED, TRUST_SHA1_ONLY
 */
export function guardedPackage(
  item: TriItem,
  signed: SignedArchive,
  prefix: string,
  hosts: readonly Transport[],
): PackageFile {
  const sha256 = digestOf(item, signed)
  return {
    name: item.file,
    bytes: item.bytes,
    exact: true,
    digests: [{ algorithm: 'sha256', hex: sha256 }],
    digestTries: 1,
    unpackedBytes: item.unpackedBytes,
    remotes: hosts.map((host) => host.remote(`${prefix}${item.file}`)),
    fingerprint: `sha256:${sha256}`,
    folder: null,
  }
}

function digestOf(item: TriItem, signed: SignedArchive): string {
  const stated = signed.guarded.get(item.file.toLowerCase())
  if (stated?.sha256) return stated.sha256
  if (stated?.sha1) {
    throw new DefsError('TRUST_SHA1_ONLY', `the index vouches for ${item.file} by SHA-1 alone`, {
      path: item.file,
    })
  }
  throw new DefsError('TRUST_FILE_UNLISTED', `the guard of the index does not name ${item.file}`, {
    path: item.file,
  })
}
