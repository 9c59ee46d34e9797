import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { type DigestAlgorithm, Hashing } from '../digest.ts'
import { watchSpace } from '../disk/free-space.ts'
import { DefsError, isDefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import { stopIfAborted } from '../thread/lanes.ts'
import { decodeWindow } from './decode-window.ts'
import { withFile, withNewFile } from './file.ts'
import { mostHeaderBytes, readHeader } from './header.ts'
import { Pages } from './pages.ts'
import { PatchReader } from './patch-reader.ts'
import { mostWindowStartBytes, readWindowBody, readWindowStart } from './window.ts'
import { WindowWriter } from './window-writer.ts'

/** What {@link applyPatch} works on. */
export interface PatchApplication {
  /** The file the patch was made against, by path or opened for reading (then it stays open). */
  readonly base: string | FileHandle
  readonly patch: string
  /** Created here, readable by its owner alone; removed again when the patch fails. */
  readonly output: string
  /** The most the output may hold. Bytes. */
  readonly maxBytes: number
  /** What stays free on the disk of the output; 0 when not given. Bytes. */
  readonly reserve?: number
  /** Digests computed over the output while it is written. */
  readonly algorithms: readonly DigestAlgorithm[]
  readonly signal: AbortSignal
}

/** The output of a patch as written: its length and its digests. */
export interface PatchedFile {
  readonly bytes: number
  readonly hashing: Hashing
}

/**
 * Applies a VCDIFF patch (RFC 3284, with xdelta3's application header and checksums). Memory: a target window,
 * its delta, and `limits.patchPages` of the base. The result is only as trustworthy as patch and base:
 * compare its digest with a signed one.
 * @throws ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED, ARCHIVE_BOMB_TOTAL, ARCHIVE_TOO_MANY, ARCHIVE_UNSUPPORTED,
 *   STORE_FULL, STORE_PERMISSION, STORE_IO, INTERRUPTED
 */
export async function applyPatch(options: PatchApplication): Promise<PatchedFile> {
  const { base } = options
  const onto = (file: FileHandle) =>
    withFile(options.patch, (patch) =>
      // Readable too: windows may copy from what was written.
      withNewFile(options.output, async (output) => {
        const source = new Pages(file.fd, await sizeOf(file), 'the base of a patch')
        const writer = new WindowWriter(output, options.output)
        try {
          return await applyWindows(source, patch, writer, options)
        } catch (error) {
          throw withPath(error, options.patch)
        } finally {
          source.release()
          writer.release()
        }
      }),
    )
  return typeof base === 'string' ? withFile(base, onto) : onto(base)
}

async function applyWindows(
  source: Pages,
  patch: FileHandle,
  writer: WindowWriter,
  { maxBytes, algorithms, signal, output: name, reserve = 0 }: PatchApplication,
): Promise<PatchedFile> {
  const reader = new PatchReader(patch, await sizeOf(patch))
  const hashing = new Hashing(algorithms)
  const watch = watchSpace(dirname(name), reserve)
  await reader.take(readHeader(await reader.peek(mostHeaderBytes)))
  if (reader.left === 0) throw new DefsError('ARCHIVE_TRUNCATED', 'a patch ends behind its header')
  for (let count = 1; reader.left > 0; count++) {
    // Whatever else this thread has to do gets its turn.
    await turn()
    stopIfAborted(signal, 'working on a patch')
    if (count > limits.patchWindows) throw new DefsError('ARCHIVE_TOO_MANY', 'a patch has too many windows')
    const start = readWindowStart(await reader.peek(mostWindowStartBytes))
    await reader.take(start.length)
    const body = readWindowBody(await reader.take(start.deltaLength), start.checksummed)
    if (writer.bytes + body.targetLength > maxBytes) {
      throw new DefsError('ARCHIVE_BOMB_TOTAL', `a patch makes more than the ${maxBytes} bytes allowed`)
    }
    watch(body.targetLength)
    const pages = start.from === 'target' ? writer.pages() : source
    pages.beginWindow(start.segmentStart, start.segmentLength)
    const window = writer.lend(body.targetLength)
    decodeWindow(start, body, pages, window)
    if (pages !== source) pages.release()
    writer.write(window, (piece) => hashing.update(piece))
  }
  return { bytes: writer.bytes, hashing }
}

/** The parts of a patch do not know which file they are of. */
function withPath(error: unknown, path: string): unknown {
  if (!isDefsError(error) || !error.code.startsWith('ARCHIVE_')) return error
  const { code, message, cause } = error
  return new DefsError(code, `${path}: ${message}; take the full package`, { cause, path })
}

async function sizeOf(file: FileHandle): Promise<number> {
  const { size } = await file.stat().catch((error: unknown) => {
    throw storeError(error, 'looking at a patch and its base')
  })
  return size
}
