import type { Context } from '../context.ts'
import { DefsError } from '../error.ts'
import { deadlineError } from './pace.ts'

/** One signal for everything that ends a transfer, and the timer behind it. */
export interface Stop {
  readonly signal: AbortSignal
  /** Frees the timer. */
  release(): void
}

/** Ends with the run, with the caller's signal, or at the deadline (as `SOURCE_DEADLINE`). */
export function stopAt(deadline: Date | null, name: string, context: Context, signal: AbortSignal): Stop {
  const late = new AbortController()
  const left = deadline && deadline.getTime() - context.now().getTime()
  // setTimeout holds 31 bits; a deadline farther off than that needs no timer.
  const timer =
    left !== null && left < 2 ** 31
      ? setTimeout(() => late.abort(deadlineError(name)), Math.max(0, left))
      : undefined
  return {
    signal: AbortSignal.any([signal, context.signal, late.signal]),
    release: () => clearTimeout(timer),
  }
}

/** The error of a signal that has been aborted. */
export function stopError(signal: AbortSignal): DefsError {
  if (signal.reason instanceof DefsError) return signal.reason
  return new DefsError('INTERRUPTED', 'interrupted while fetching a package', { cause: signal.reason })
}
