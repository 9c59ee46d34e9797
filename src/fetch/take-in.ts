import { digestFile, Hashing } from '../digest.ts'
import { DefsError } from '../error.ts'
import type { Opening } from '../source/source.ts'
import { htmlError, htmlGuard, isHtmlType } from './html.ts'
import type { Job, Trace, Whole } from './job.ts'
import { algorithmsFor, isIdentified, judgeDigests } from './judge.ts'
import { paceOf } from './pace.ts'
import { openPart, removePart, saveOrigin } from './part.ts'
import { receive } from './receive.ts'
import { checkSize } from './size.ts'
import { requireSpace, spaceFor } from './space.ts'

/**
 * Takes an opened transfer in: what can be refused by its announcement is refused before a byte is read, and
 * what cannot be used or resumed is removed.
 * @throws SOURCE_*, FETCH_*, TRUST_DIGEST, STORE_*, INTERRUPTED
 */
export async function takeIn(job: Job, opening: Opening, trace: Trace): Promise<Whole> {
  const { want, remote, part, place } = job
  const { start, total, validator } = opening
  if (isHtmlType(opening.mediaType)) throw htmlError(remote.url)
  if (total !== null) {
    checkSize(total, true, want, place.maxBytes, remote.url)
    const space = spaceFor(total - start, total, want.unpackedBytes)
    if (total !== want.bytes) await requireSpace(place.partial, space, place.reserve)
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

async function write(job: Job, opening: Opening, trace: Trace): Promise<Whole> {
  const { want, remote, part, place, context, signal } = job
  const { start, total, body } = opening
  const { url } = remote
  const file = await openPart(part, start)
  try {
    const hashing = await hashingUpTo(start, job)
    const pace = paceOf({ subject: want.name, url, start, total: total ?? want.bytes }, place, context)
    const refuseHtml = htmlGuard(url)
    const check = (chunk: Uint8Array, received: number) => {
      signal.throwIfAborted()
      trace.downloaded += chunk.length
      if (start === 0) refuseHtml(chunk)
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
async function hashingUpTo(start: number, { part, want, signal }: Job): Promise<Hashing> {
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
