import { DefsError } from '../error.ts'

/**
 * Gives a piece of work so long and no longer; what it does must end with the signal.
 * @throws SOURCE_STALLED when the time is over; what the work throws
 */
export async function withinTime<T>(
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController()
  const late = new DefsError(
    'SOURCE_STALLED',
    `nothing came of it within ${Math.ceil(milliseconds / 1000)} s`,
  )
  const stop = () => own.abort(signal.reason)
  const timer = setTimeout(() => own.abort(late), milliseconds)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return await work(own.signal)
  } catch (error) {
    throw own.signal.reason === late && !signal.aborted ? late : error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
