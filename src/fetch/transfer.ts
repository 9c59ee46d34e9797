import { digestFile } from '../digest.ts'
import type { PackageFile, Remote, Resume } from '../source/source.ts'
import type { Job, Trace, Whole } from './job.ts'
import { algorithmsFor, isIdentified, judgeDigests } from './judge.ts'
import { findLeft, type Left, removePart } from './part.ts'
import { requireSpace, spaceFor } from './space.ts'
import { takeIn } from './take-in.ts'

/**
 * One try: opens the file, resumes what an earlier try left, and holds every byte against the bounds. What it
 * leaves on disk can be resumed, or there is nothing left.
 * @throws SOURCE_*, FETCH_*, TRUST_DIGEST, STORE_*, INTERRUPTED
 */
export async function transfer(job: Job, trace: Trace): Promise<Whole> {
  const { want, remote, part, place, signal } = job
  const left = await findLeft(part)
  if (left && isIdentified(want) && left.bytes === want.bytes) return wholeAlready(job, trace)
  if (want.bytes !== null) {
    const missing = Math.max(0, want.bytes - (left?.bytes ?? 0))
    await requireSpace(place.partial, spaceFor(missing, want.bytes, want.unpackedBytes), place.reserve)
  }
  const opening = await remote.open(left && resumeOf(left, want, remote), signal)
  try {
    return await takeIn(job, opening, trace)
  } finally {
    await endBody(opening.body)
  }
}

/** An earlier run got all of it and went no further: nothing is asked of anybody when its digest is right. */
async function wholeAlready({ want, part, signal }: Job, trace: Trace): Promise<Whole> {
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
function resumeOf(left: Left, want: PackageFile, remote: Remote): Resume | null {
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
