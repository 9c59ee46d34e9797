import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { SignedArchive } from '../../signed-archive.ts'
import { isHtmlAnswer } from '../host/is-html.ts'
import type { Inquiry } from '../source.ts'
import type { SmallFile, Transport } from '../transport.ts'
import { bigIndex } from './index-name.ts'
import { hasMiniTri } from './mini-tri.ts'

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
  inquiry: Inquiry,
): Promise<ReadIndex> {
  const file = await fetchIndex(host, prefix, name, inquiry.signal)
  if (isHtmlAnswer(file.bytes, file.mediaType)) {
    throw new DefsError('INDEX_HTML', `${file.url} is a page for people where the index should be`, {
      path: file.url,
    })
  }
  const signed = await inquiry.openSigned(file.bytes, file.url)
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
