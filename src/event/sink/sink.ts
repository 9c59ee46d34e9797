import { DefsError } from '../../error.ts'
import type { DefsEvent } from '../event.ts'

/** What every sink is told of the world. */
export interface SinkWorld {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Name of this machine. */
  readonly host: string
  /** `events.sourceName`. */
  readonly sourceName: string
  /** `state/` of the store. */
  readonly state: string
}

/** A receiver of events outside of `defs`. Delivery is at least once: after a failure the same events come again. */
export interface Sink {
  /** How many of so many waiting events one delivery takes, at least 1. */
  readonly take: (waiting: number) => number
  /**
   * Delivers events, oldest first, and resolves when the receiver has them, as far as its protocol can tell. Ends
   * soon after the signal.
   * @throws SINK_FAILED when they may be taken later, SINK_REFUSED when they never will
   */
  deliver(events: readonly DefsEvent[], signal: AbortSignal): Promise<void>
}

/** The sinks that take one event at a time. */
export const oneByOne = () => 1

/** Why a receiver did not take events, as an error after which they are tried again. Ours pass through. */
export function sinkFailed(doing: string, cause: unknown): DefsError {
  if (cause instanceof DefsError) return cause
  return new DefsError('SINK_FAILED', `${doing} failed`, { cause, transient: true })
}
