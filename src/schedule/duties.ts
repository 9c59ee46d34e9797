import type { Context } from '../context.ts'
import type { Remembered } from './agenda.ts'

/** What a daemon does, as functions, so that its loop can be driven through months in a moment. */
export interface Duties {
  /**
   * Updates from a source, with its fallbacks when it is the default one.
   * @returns `waiting` when this node is passive and has to wait
   * @throws what an update throws; STORE_BUSY when another run is at work
   */
  readonly update: (source: string, context: Context) => Promise<'done' | 'waiting'>
  /**
   * Mirrors a source into a channel of the internal server.
   * @throws what publishing throws; STORE_BUSY when another run is at work
   */
  readonly mirror: (source: string, channel: string, context: Context) => Promise<void>
  /** Proves the current set, mends what is broken, and sees that scanner and store agree. @throws DefsError */
  readonly check: (context: Context) => Promise<void>
  /** Publishes metrics after a run or a check. Never throws. */
  readonly publish: () => Promise<void>
  /** What is remembered of each job. Never throws. */
  readonly remembered: () => Promise<Remembered>
}
