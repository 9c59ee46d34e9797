import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Context, type JoinedSignal, joinSignals } from '../context.ts'
import { DefsError, isDefsError, mostSevere, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { Offer, PackageFile } from '../source/source.ts'
import type { Remote } from '../transport/transport.ts'
import { checkSize, deadlineError } from './checks.ts'
import type { Download, Downloaded, DownloadTarget, Fetched, Trace } from './job.ts'
import { boundPartial, partOf, removePart } from './partial-file.ts'
import { transfer } from './transfer.ts'

export type { DownloadTarget as Place } from './job.ts'
export { boundPartial } from './partial-file.ts'

/**
 * Brings the package of an offer here: whole, of the size and the digests that were stated. Its places are asked
 * in turn. An interrupted transfer stays in `place.partial` for the next run when it can be resumed.
 * @param trace tells how much came even when this throws; goes on from what it says
 * @throws SOURCE_*, FETCH_SIZE, FETCH_TOO_LARGE, FETCH_HTML, TRUST_DIGEST, STORE_FULL and other STORE_*,
 * INTERRUPTED
 */
export async function fetchPackage(
  offer: Offer,
  place: DownloadTarget,
  context: Context,
  signal: AbortSignal,
  trace: Trace = { downloaded: 0, resumed: false },
): Promise<Fetched> {
  const want = offer.package
  if (want.folder !== null) return folderAsItLies(offer, want.folder)
  if (want.exact && want.bytes !== null) checkSize(want.bytes, true, want, place.maxBytes, want.name)
  await boundPartial(place.partial, limits.partial)
  const part = partOf(place.partial, want)
  const failures: Failure[] = []
  for (const [index, remote] of want.remotes.entries()) {
    const all = timeLeft(place.deadline, context)
    // One host gets its share, so that the others are asked in time.
    const share = all === null ? null : all / (want.remotes.length - index)
    const stop = stopAfter(share, want.name, context, signal)
    try {
      const whole = await fetchFrom(
        { want, remote, part, place, context, signal: stop.signal, fresh: false },
        trace,
      )
      return { offer, file: part.file, url: remote.url, ...whole }
    } catch (error) {
      const failure = stop.signal.aborted ? stopError(stop.signal) : ours(error, want, remote)
      const last = index === want.remotes.length - 1
      const over = signal.aborted || context.signal.aborted || last
      if (endsTheRun(failure) && (over || failure.code !== 'SOURCE_DEADLINE')) throw failure
      failures.push({ url: remote.url, error: failure })
      if (!last) noteLeft(context, remote, failure)
    } finally {
      stop.release()
    }
  }
  throw allFailed(want.name, failures)
}

/**
 * Removes a fetched package when it is no longer needed. Safe to call twice; a folder that was offered as it lies
 * belongs to somebody else and stays.
 * @throws STORE_*
 */
export async function discard(fetched: Fetched): Promise<void> {
  if (fetched.offer.package.folder !== null) return
  const key = basename(fetched.file, '.part')
  await removePart({ file: fetched.file, sidecar: join(fetched.file, '..', `${key}.json`) })
}

// There is nothing to fetch: opening copies the folder, and only the copy is judged.
function folderAsItLies(offer: Offer, folder: string): Fetched {
  const url = pathToFileURL(folder).href
  return { offer, file: folder, bytes: 0, downloaded: 0, sha256: '', modified: null, url }
}

function ours(error: unknown, want: PackageFile, remote: Remote): DefsError {
  return error instanceof DefsError ? error : storeError(error, `fetching ${want.name} from ${remote.url}`)
}

// With a full disk, a lost store or no time left, another place is of no use.
function endsTheRun({ code }: DefsError): boolean {
  return code === 'INTERRUPTED' || code === 'SOURCE_DEADLINE' || code.startsWith('STORE_')
}

function noteLeft(context: Context, remote: Remote, error: DefsError): void {
  const text = `left ${remote.url} for the next place: ${error.message}`
  context.emit({ type: 'note', level: 'warning', text })
}

/** A place that was left, and why. */
export interface Failure {
  readonly url: string
  readonly error: DefsError
}

/**
 * One error for all places: the most severe, so that a tampered package is never told as a server that wants to wait.
 */
function allFailed(name: string, failures: readonly Failure[]): DefsError {
  const [first] = failures
  if (!first) return new DefsError('SOURCE_NOT_FOUND', `${name}: no place was named to fetch it from`)
  if (failures.length === 1) return first.error
  const { error } = mostSevere(failures) ?? first
  return new DefsError(
    error.code,
    `${name}: none of ${failures.length} places delivered it; ${error.message}`,
    {
      ...error.facts,
      cause: error,
      problems: failures.map((failure) => `${failure.url}: ${failure.error.code}: ${failure.error.message}`),
      failed: failures,
    },
  )
}

/**
 * Fetches from one place. What may pass is tried again after a pause, going on where the last try stopped; a
 * file whose digest is wrong is fetched anew as often as its source wants it.
 * @throws what the last try threw
 */
async function fetchFrom(job: Download, trace: Trace): Promise<Downloaded> {
  const { want, place, context, signal } = job
  let tries = 1
  let digestTries = 1
  let fresh = false
  for (;;) {
    try {
      return await transfer({ ...job, fresh }, trace)
    } catch (error) {
      if (isDefsError(error, 'TRUST_DIGEST')) {
        // A file that was put together from two transfers may be a mixture: it is no verdict on the source yet.
        if (!trace.resumed && ++digestTries > want.digestTries) throw error
        trace.resumed = false
        // Listing and package may be of different age in a cache on the way.
        fresh = true
        continue
      }
      if (!isDefsError(error) || error.facts.transient !== true || ++tries > place.tries) throw error
      await context.sleep(pause(tries - 1, context), signal)
    }
  }
}

/** Doubles from try to try; the jitter keeps a thousand clients from coming back in step. Milliseconds. */
function pause(failed: number, context: Context): number {
  const longest = Math.min(limits.backoff * 2 ** (failed - 1), limits.backoffMost)
  return longest / 2 + (context.random() * longest) / 2
}

/** Ends with the run, with the caller's signal, or after so many milliseconds (as `SOURCE_DEADLINE`). */
function stopAfter(
  milliseconds: number | null,
  name: string,
  context: Context,
  signal: AbortSignal,
): JoinedSignal {
  const limit = milliseconds === null ? null : { milliseconds, reason: () => deadlineError(name) }
  return joinSignals([signal, context.signal], limit)
}

/** What is left of the time; null when there is no end to it. Milliseconds. */
function timeLeft(deadline: Date | null, context: Context): number | null {
  return deadline && Math.max(0, deadline.getTime() - context.now().getTime())
}

/** The error of a signal that has been aborted. */
function stopError(signal: AbortSignal): DefsError {
  if (signal.reason instanceof DefsError) return signal.reason
  return new DefsError('INTERRUPTED', 'interrupted while fetching a package', { cause: signal.reason })
}
