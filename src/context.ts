import type { Report } from './event/report.ts'

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
  /** Aborted when the run is interrupted (Ctrl-C, SIGTERM). */
  readonly signal: AbortSignal
  /** Takes note of what happens; never throws and never waits. */
  readonly emit: (report: Report) => void
}
