import type { Digest } from '../../digest.ts'
import { DefsError } from '../../error.ts'
import type { SignedArchive } from '../../signed-archive.ts'
import type { PackageFile } from '../source.ts'
import type { Transport } from '../transport.ts'
import type { TriItem } from './item.ts'

/**
 * The package of an item, with the digest that the signed index states for it. Packages are not signed
 * themselves while they travel, so one that the guard of the index does not name is refused (domain.md 2.1).
 * @throws TRUST_FILE_UNLISTED
 */
export function guardedPackage(
  item: TriItem,
  signed: SignedArchive,
  prefix: string,
  hosts: readonly Transport[],
): PackageFile {
  const digest = statedDigest(item, signed)
  if (!digest) {
    const text = `the guard of the index does not name ${item.file}: it is not vouched for`
    throw new DefsError('TRUST_FILE_UNLISTED', text, { path: item.file })
  }
  return {
    name: item.file,
    bytes: item.bytes,
    exact: true,
    digests: [digest],
    digestTries: 1,
    unpackedBytes: item.unpackedBytes,
    remotes: hosts.map((host) => host.remote(`${prefix}${item.file}`)),
    fingerprint: `${digest.algorithm}:${digest.hex}`,
    folder: null,
  }
}

/** What the guard of an index says of an item's package, the stronger digest of two; null when nothing. */
export function statedDigest(item: TriItem, signed: SignedArchive): Digest | null {
  const stated = signed.guarded.get(item.file.toLowerCase())
  if (stated?.sha256) return { algorithm: 'sha256', hex: stated.sha256 }
  // Whoever opened the index has refused SHA-1 alone already, unless the site allows it (`trust.allowSha1`).
  return stated?.sha1 ? { algorithm: 'sha1', hex: stated.sha1 } : null
}
