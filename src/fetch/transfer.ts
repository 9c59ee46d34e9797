import type { FileHandle } from 'node:fs/promises'
import { digestFile, Hashing } from '../digest.ts'
import { assertSpace } from '../disk/free-space.ts'
import { DefsError, storeError } from '../error.ts'
import type { PackageFile } from '../source/source.ts'
import { webPageGuard } from '../text/web-page.ts'
import type { Opening, Remote, Resume } from '../transport/transport.ts'
import { algorithmsFor, checkSize, isIdentified, judgeDigests, paceOf, spaceFor } from './checks.ts'
import type { Download, Downloaded, Trace } from './job.ts'
import { findResumable, openPart, type Resumable, removePart, saveOrigin } from './partial-file.ts'

/**
 * One try: opens the file, resumes what an earlier try left, and holds every byte against the bounds. What it
 * leaves on disk can be resumed, or there is nothing left.
 * @throws SOURCE_*, FETCH_*, TRUST_DIGEST, STORE_*, INTERRUPTED
 */
export async function transfer(job: Download, trace: Trace): Promise<Downloaded> {
  const { want, remote, part, place, signal } = job
  const left = await findResumable(part)
  if (left && isIdentified(want) && left.bytes === want.bytes) return wholeAlready(job, trace)
  if (want.bytes !== null) {
    // What is too large whatever the disk holds is no matter of space.
    checkSize(want.bytes, false, want, place.maxBytes, remote.url)
    const missing = Math.max(0, want.bytes - (left?.bytes ?? 0))
    assertSpace(place.partial, spaceFor(missing, want.bytes, want.unpackedBytes), place.reserve)
  }
  const opening = await remote.open(
    left && resumeOf(left, want, remote),
    signal,
    job.fresh || want.digests.length === 0,
  )
  try {
    return await receiveOpened(job, opening, trace)
  } finally {
    await endBody(opening.body)
  }
}

/** An earlier run got all of it and went no further: nothing is asked of anybody when its digest is right. */
async function wholeAlready({ want, part, signal }: Download, trace: Trace): Promise<Downloaded> {
  trace.resumed = true
  const { bytes, hashing } = await digestFile(part.file, algorithmsFor(want), signal)
  try {
    const sha256 = judgeDigests(hashing, want, part.file)
    return { bytes, downloaded: trace.downloaded, sha256, modified: null }
  } catch (error) {
    await removePart(part)
    throw error
  }
}

async function endBody(body: AsyncIterable<Uint8Array>): Promise<void> {
  if ('destroy' in body && typeof body.destroy === 'function') body.destroy()
  else await body[Symbol.asyncIterator]().return?.()
}

/** From where to go on; null to begin anew. */
function resumeOf(left: Resumable, want: PackageFile, remote: Remote): Resume | null {
  const { origin } = left
  const total = isIdentified(want) ? want.bytes : origin.total
  // The last byte is asked for again when all are there: no server sends "nothing" as the rest of a file.
  const offset = total === null ? left.bytes : Math.min(left.bytes, total - 1)
  if (offset <= 0) return null
  if (isIdentified(want)) return { offset, validator: '' }
  return origin.url === remote.url && origin.validator !== null
    ? { offset, validator: origin.validator }
    : null
}

/**
 * Takes an opened transfer in: what can be refused by its announcement is refused before a byte is read, and
 * what cannot be used or resumed is removed.
 * @throws SOURCE_*, FETCH_*, TRUST_DIGEST, STORE_*, INTERRUPTED
 */
async function receiveOpened(job: Download, opening: Opening, trace: Trace): Promise<Downloaded> {
  const { want, remote, part, place } = job
  const { start, total, validator } = opening
  if (total !== null) {
    checkSize(total, true, want, place.maxBytes, remote.url)
    const space = spaceFor(total - start, total, want.unpackedBytes)
    if (total !== want.bytes) assertSpace(place.partial, space, place.reserve)
  }
  trace.resumed = start > 0
  try {
    await saveOrigin(part, { url: remote.url, validator, bytes: start, total })
    return await write(job, opening, trace)
  } catch (error) {
    const resumable = validator !== null || isIdentified(want)
    if (!resumable || isWorthless(error)) await removePart(part)
    throw error
  }
}

async function write(job: Download, opening: Opening, trace: Trace): Promise<Downloaded> {
  const { want, remote, part, place, context, signal } = job
  const { start, total, body } = opening
  const { url } = remote
  const file = await openPart(part, start)
  try {
    const hashing = await hashingUpTo(start, job)
    const pace = paceOf({ subject: want.name, url, start, total: total ?? want.bytes }, place, context)
    const refuseWebPage = webPageGuard(url)
    const check = (chunk: Uint8Array, received: number) => {
      signal.throwIfAborted()
      trace.downloaded += chunk.length
      if (start === 0) refuseWebPage(chunk)
      checkSize(start + received, false, want, place.maxBytes, url)
      pace(received)
    }
    const received = await receive(body, { file, start, hashing, check })
    pace(received, true)
    const bytes = start + received
    if (total !== null && bytes !== total) throw brokenOff(url, bytes, total)
    checkSize(bytes, true, want, place.maxBytes, url)
    const sha256 = judgeDigests(hashing, want, url)
    return { bytes, downloaded: trace.downloaded, sha256, modified: opening.modified }
  } finally {
    await file.close()
  }
}

/** The state of the digests after the bytes that are here already. */
async function hashingUpTo(start: number, { part, want, signal }: Download): Promise<Hashing> {
  if (start === 0) return new Hashing(algorithmsFor(want))
  const { bytes, hashing } = await digestFile(part.file, algorithmsFor(want), signal)
  if (bytes === start) return hashing
  throw new DefsError('STORE_IO', `${part.file} was changed by somebody else`, { path: part.file })
}

function brokenOff(url: string, bytes: number, total: number): DefsError {
  const text = `${url} ended after ${bytes} of ${total} bytes`
  return new DefsError('SOURCE_INTERRUPTED', text, { path: url, transient: true })
}

// Bytes that are no part of the file we want; and with a full disk, bytes that take the room.
function isWorthless(error: unknown): boolean {
  return error instanceof DefsError && /^(FETCH|TRUST|STORE)_/.test(error.code)
}

// Fewer, larger writes: each costs a trip to the thread pool.
const batchBytes = 1 << 20

/** Where bytes go, and who looks at them on the way. */
export interface BodyReceiver {
  readonly file: FileHandle
  readonly start: number
  readonly hashing: Hashing
  /** Asked for each piece before it is written; throws to end the transfer. */
  readonly check: (chunk: Uint8Array, received: number) => void
}

/**
 * Writes a body to a file and hashes it in the same pass. What had arrived before an error is written all the
 * same, so that a later try resumes from there. Gives the bytes received.
 */
export async function receive(body: AsyncIterable<Uint8Array>, receiver: BodyReceiver): Promise<number> {
  const { file, start, hashing, check } = receiver
  let received = 0
  let written = 0
  let batch: Uint8Array[] = []
  let writing: Promise<void> = Promise.resolve()

  async function flush(): Promise<void> {
    await writing
    const pieces = batch
    const position = start + written
    const bytes = received - written
    batch = []
    written = received
    writing = writeAll(file, pieces, position, bytes)
    // Awaited by the next flush; meanwhile a failure must not count as unhandled.
    writing.catch(() => {})
  }

  try {
    for await (const chunk of body) {
      check(chunk, received + chunk.length)
      received += chunk.length
      batch.push(chunk)
      hashing.update(chunk)
      if (received - written >= batchBytes) await flush()
    }
  } finally {
    await flush()
    await writing
  }
  return received
}

async function writeAll(
  file: FileHandle,
  pieces: Uint8Array[],
  position: number,
  bytes: number,
): Promise<void> {
  if (bytes === 0) return
  try {
    const { bytesWritten } = await file.writev(pieces, position)
    // A short write happens when the disk is nearly full; the rest goes piece by piece, or fails.
    if (bytesWritten < bytes)
      await file.write(Buffer.concat(pieces), bytesWritten, bytes - bytesWritten, position + bytesWritten)
  } catch (error) {
    throw storeError(error, 'writing a download')
  }
}
