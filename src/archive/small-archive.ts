import { DefsError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import { isWebPage } from '../text/web-page.ts'
import { type Bytes, memoryBytes } from './bytes.ts'
import { recogniseBytes } from './detect.ts'
import { memberPath, Register } from './member-name.ts'
import type { ArchiveLimits, Visit } from './reader.ts'
import { readZip } from './zip.ts'

/** What reading an index may be told. */
export interface SmallArchiveOptions {
  /** Of the index, for messages. */
  readonly name?: string
  /** Default: those of limits.ts. `limits.indexUnpacked` holds in any case. */
  readonly limits?: ArchiveLimits
  readonly signal?: AbortSignal
}

/**
 * Unpacks a small zip held in memory, an index, under the same rules as a package.
 *
 * @returns its files by their name as written
 * @throws INDEX_HTML for a web page, INDEX_INVALID for anything else that is no zip, ARCHIVE_* when it breaks
 *   a rule; ARCHIVE_BOMB_TOTAL above `limits.indexUnpacked` bytes
 */
export async function readSmallArchive(
  archive: Uint8Array,
  options: SmallArchiveOptions = {},
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { name: subject = 'the index', limits = bounds, signal = new AbortController().signal } = options
  const bytes = memoryBytes(archive)
  await assertZip(bytes, archive, subject)
  const most = Math.min(limits.unpacked, bounds.indexUnpacked)
  const register = new Register()
  const files = new Map<string, Uint8Array>()
  // No member unpacks to more than it announces, so their sum is the one bound there is to check.
  const announce = (total: number) => {
    if (total <= most) return
    throw new DefsError('ARCHIVE_BOMB_TOTAL', `${subject} unpacks to more than ${most} bytes: it is refused`)
  }
  const visit: Visit = async (member, body) => {
    const name = memberPath(member.name, member.type)
    if (name !== '') register.add(name, member.type)
    const pieces: Uint8Array[] = []
    for await (const piece of body) pieces.push(piece)
    if (member.type === 'file') files.set(name, new Uint8Array(Buffer.concat(pieces)))
  }
  await readZip(bytes, { limits, signal, visit, announce }, 0)
  return files
}

async function assertZip(bytes: Bytes, archive: Uint8Array, subject: string): Promise<void> {
  if (isWebPage(archive)) {
    throw new DefsError(
      'INDEX_HTML',
      `a web page came instead of ${subject}: check the address, and the proxy or portal`,
    )
  }
  let cause: unknown
  try {
    if ((await recogniseBytes(bytes)) === 'zip') return
  } catch (error) {
    cause = error
  }
  throw new DefsError('INDEX_INVALID', `${subject} is no zip file: check the address`, { cause })
}
