import type { Context } from '../context.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import type { Place } from './place.ts'

export interface PaceOptions {
  /** The package, for people. */
  readonly subject: string
  readonly url: string
  /** Bytes that were there before, and in all when somebody told. */
  readonly start: number
  readonly total: number | null
}

/**
 * Judges each arrival of bytes by the clock, and reports progress. A server that sends one byte now and then is
 * never silent, but would keep an update from ever ending: hence the least throughput, and the deadline.
 */
export function paceOf(
  options: PaceOptions,
  place: Place,
  context: Context,
): (received: number, last?: boolean) => void {
  const { subject, url, start, total } = options
  let window = { from: context.now().getTime(), received: 0 }
  let reported = Number.NEGATIVE_INFINITY

  return (received, last = false) => {
    const now = context.now().getTime()
    if (last || now - reported >= limits.progressEvery) {
      reported = now
      context.emit({ type: 'progress', step: 'fetch', subject, done: start + received, total })
    }
    if (place.deadline && now >= place.deadline.getTime()) throw deadlineError(url)
    const elapsed = now - window.from
    if (last || elapsed < limits.throughputWindow) return
    const rate = ((received - window.received) * 1000) / elapsed
    window = { from: now, received }
    if (rate >= place.throughput) return
    const text = `${url} came at ${Math.floor(rate)} bytes a second, below the least of ${place.throughput}`
    throw new DefsError('SOURCE_STALLED', text, { path: url, transient: true })
  }
}

/** The run's time is over. */
export function deadlineError(url: string): DefsError {
  return new DefsError('SOURCE_DEADLINE', `${url} was not there within the time of this run`, { path: url })
}
