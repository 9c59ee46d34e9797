import type { DefsEvent } from './event.ts'

/** A place that events are sent to beside the journal: a mailbox, a system log, a monitor. */
export interface Sink {
  /** Sends one event. A sink that fails throws; its caller notes that and goes on, for no update fails by it. */
  send(event: DefsEvent): Promise<void>
  /** Sends what is still waiting and ends. Safe to call twice. */
  close(): Promise<void>
}
