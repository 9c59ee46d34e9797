import type { Report } from './event/report.ts'
import type { SetName } from './set-name.ts'

/**
 * The world as a run sees it, and the only seam: what is faked in tests is time, chance and interruption. The
 * file system and the network are always real.
 */
export interface Context {
  /** The wall clock. */
  readonly now: () => Date
  /** Resolves after so many milliseconds; rejects with `signal.reason` when the run is interrupted. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>
  /** A number from 0 up to 1, for jitter. */
  readonly random: () => number
  /** Aborted when the run is interrupted (Ctrl-C, SIGTERM, SIGHUP). */
  readonly signal: AbortSignal
  /** Takes note of what happens; never throws and never waits. */
  readonly emit: (report: Report) => void
  /** Told on the way of a set; what it does never fails a run. Absent where nobody follows. */
  readonly follow?: Follower
}

/** Whoever has to know of a set before it is current: the machine may not live to tell afterwards. */
export interface Follower {
  /** A source has offered a set; null when only the package tells which. */
  readonly offered: (source: string, set: SetName | null) => void
  /** A proved set is about to be judged and made current. */
  readonly taking: (set: SetName) => Promise<void>
}

/** A signal that follows others, and may end by itself. */
export interface JoinedSignal {
  readonly signal: AbortSignal
  /** Frees the timer, and what hangs on the signals that are followed. Safe to call twice. */
  release(): void
}

/** When a {@link JoinedSignal} ends by itself. */
export interface TimeLimit {
  /** From now on. Milliseconds; what a timer cannot hold (2^31) is no limit. */
  readonly milliseconds: number
  /** Why it ended, made only then. */
  readonly reason: () => Error
}

/**
 * Joins signals, and perhaps a time limit, into one: the only way in this program to bound work by time. In Node.js
 * before 22.16 `AbortSignal.any` holds its sources weakly and `AbortSignal.timeout` its signal: after a garbage
 * collection neither ever fires (findings/ shows it). Here the timer itself holds what it ends. It does not keep the
 * process alive.
 */
export function joinSignals(signals: readonly AbortSignal[], limit: TimeLimit | null = null): JoinedSignal {
  const joined = new AbortController()
  const follow = (event: Event) => {
    const { target } = event
    end(target instanceof AbortSignal ? target.reason : undefined)
  }
  const timer =
    limit !== null && limit.milliseconds < 2 ** 31
      ? setTimeout(() => end(limit.reason()), Math.max(0, limit.milliseconds)).unref()
      : undefined
  const release = () => {
    clearTimeout(timer)
    for (const signal of signals) signal.removeEventListener('abort', follow)
  }
  function end(reason: unknown): void {
    release()
    joined.abort(reason)
  }
  const aborted = signals.find((signal) => signal.aborted)
  if (aborted) end(aborted.reason)
  else for (const signal of signals) signal.addEventListener('abort', follow)
  return { signal: joined.signal, release }
}
