import type { Digest } from '../../digest.ts'
import { DefsError, isDefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { compareStanding } from '../../set-name.ts'
import { isWebPage } from '../../text/web-page.ts'
import type { SmallFile, Transport } from '../../transport/transport.ts'
import type { SignedArchive } from '../signed-archive.ts'
import type { PackageFile, SourceQuery } from '../source.ts'
import type { TriItem } from './tri.ts'
import { bigIndex } from './unchanged.ts'

/** An index whose guard was checked. */
export interface ReadIndex {
  /** Its address. */
  readonly url: string
  /** {@link SmallFile.validator} of it; null when there is none. */
  readonly validator: string | null
  readonly signed: SignedArchive
  /** The text of `liveupdt.tri`. */
  readonly text: string
}

/**
 * Gets the index of a product from one host - the small one where the host has such, else the big one - and
 * authenticates it before anything in it is read.
 * @throws SOURCE_NOT_FOUND without any index; INDEX_HTML, INDEX_TOO_LARGE, INDEX_INVALID; ARCHIVE_*, TRUST_*
 */
export async function readIndex(
  host: Transport,
  prefix: string,
  name: string,
  query: SourceQuery,
): Promise<ReadIndex> {
  const file = await fetchIndex(host, prefix, name, query.signal)
  if (isWebPage(file.bytes)) {
    throw new DefsError('INDEX_HTML', `${file.url} is a page for people where the index should be`, {
      path: file.url,
    })
  }
  const signed = await query.openSigned(file.bytes, file.url)
  const tri = signed.files.get('liveupdt.tri')
  if (tri) {
    const { url, validator = null } = file
    return { url, validator, signed, text: new TextDecoder().decode(tri) }
  }
  throw new DefsError('INDEX_INVALID', `${file.url} holds no liveupdt.tri`, { path: file.url })
}

async function fetchIndex(
  host: Transport,
  prefix: string,
  name: string,
  signal: AbortSignal,
): Promise<SmallFile> {
  const mini = await hasMiniTri(host, prefix, signal)
  const small = mini ? await host.read(`${prefix}${name}`, limits.index, signal) : null
  const file = small ?? (await host.read(`${prefix}${bigIndex}`, limits.index, signal))
  if (file) return file
  throw new DefsError('SOURCE_NOT_FOUND', `${host.url}${prefix} has neither ${name} nor ${bigIndex}`, {
    path: host.url,
  })
}

/** The file by which a server says that it has an index for each product. */
const miniTriFlag = 'minitri.flg'

/**
 * Whether a server has small indexes: its flag is one space, perhaps with a line end. Absence, a page for
 * people or anything else means no, and the big index is asked for (docs/domain.md section 2.1).
 * @throws SOURCE_*
 */
async function hasMiniTri(host: Transport, prefix: string, signal: AbortSignal): Promise<boolean> {
  try {
    const flag = await host.read(`${prefix}${miniTriFlag}`, limits.miniTri, signal)
    return flag !== null && /^ [\r\n]*$/.test(new TextDecoder('latin1').decode(flag.bytes))
  } catch (error) {
    if (isDefsError(error, 'INDEX_TOO_LARGE')) return false
    throw error
  }
}

/**
 * The newest of several full packages, by sequence number where both have one, else by set name. Where an
 * item is named after the product, those with other names are of other products (a big index without
 * `Product=` keys).
 */
export function newestItem(items: readonly TriItem[], product: string): TriItem | null {
  const named = items.filter(({ itemName }) => itemName?.toLowerCase() === product.toLowerCase())
  const candidates = named.length > 0 ? named : items
  return candidates.reduce<TriItem | null>(
    (best, item) => (best && compareStanding(item, best) <= 0 ? best : item),
    null,
  )
}

/**
 * The package of an item, with the digest that the signed index states for it. Packages are not signed
 * themselves while they travel, so one that the guard of the index does not name is refused (docs/domain.md
 * section 2.1).
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
