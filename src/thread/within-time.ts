import { joinSignals } from '../context.ts'
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
  const text = `nothing came of it within ${Math.ceil(milliseconds / 1000)} s`
  const late = new DefsError('SOURCE_STALLED', text)
  const bound = joinSignals([signal], { milliseconds, reason: () => late })
  try {
    return await work(bound.signal)
  } catch (error) {
    throw bound.signal.reason === late && !signal.aborted ? late : error
  } finally {
    bound.release()
  }
}
