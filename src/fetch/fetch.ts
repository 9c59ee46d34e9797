import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Context } from '../context.ts'
import { DefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { Offer, PackageFile, Remote } from '../source/source.ts'
import { allFailed, type Failure } from './all-failed.ts'
import { boundPartial } from './bound-partial.ts'
import { fetchFrom } from './fetch-from.ts'
import type { Fetched } from './fetched.ts'
import type { Trace } from './job.ts'
import { partOf, removePart } from './part.ts'
import type { Place } from './place.ts'
import { checkSize } from './size.ts'
import { stopAt, stopError } from './stop.ts'

export { boundPartial } from './bound-partial.ts'
export type { Place } from './place.ts'

/**
 * Brings the package of an offer here: whole, of the size and the digests that were stated. Its places are asked
 * in turn. An interrupted transfer stays in `place.partial` for the next run when it can be resumed.
 * @param trace tells how much came even when this throws; goes on from what it says
 * @throws SOURCE_*, FETCH_SIZE, FETCH_TOO_LARGE, FETCH_HTML, TRUST_DIGEST, STORE_FULL and other STORE_*,
 * INTERRUPTED
 */
export async function fetchPackage(
  offer: Offer,
  place: Place,
  context: Context,
  signal: AbortSignal,
  trace: Trace = { downloaded: 0, resumed: false },
): Promise<Fetched> {
  const want = offer.package
  if (want.folder !== null) return folderAsItLies(offer, want.folder)
  if (want.exact && want.bytes !== null) checkSize(want.bytes, true, want, place.maxBytes, want.name)
  await boundPartial(place.partial, limits.partial)
  const part = partOf(place.partial, want)
  const stop = stopAt(place.deadline, want.name, context, signal)
  const failures: Failure[] = []
  try {
    for (const [index, remote] of want.remotes.entries()) {
      try {
        const whole = await fetchFrom({ want, remote, part, place, context, signal: stop.signal }, trace)
        return { offer, file: part.file, url: remote.url, ...whole }
      } catch (error) {
        const failure = stop.signal.aborted ? stopError(stop.signal) : ours(error, want, remote)
        if (endsTheRun(failure)) throw failure
        failures.push({ url: remote.url, error: failure })
        if (index < want.remotes.length - 1) noteLeft(context, remote, failure)
      }
    }
    throw allFailed(want.name, failures)
  } finally {
    stop.release()
  }
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
