import type { Level } from '../catalogue.ts'
import type { DefsEvent } from '../event.ts'
import type { SinkConfig } from '../sink/sink-config.ts'

const ranks = { information: 0, warning: 1, error: 2 } as const satisfies Record<Level, number>

/** Whether a sink is to be sent an event: its own troubles never, else by its list and its level. */
export function isWanted(event: DefsEvent, sink: SinkConfig): boolean {
  // It would feed on them.
  if (event.name.startsWith('sink.') && event.path === sink.name) return false
  // Without recipients nothing could ever be delivered; `config check` says so.
  if (sink.kind === 'mail' && sink.to.length === 0) return false
  if (sink.events !== null && !sink.events.includes(event.name)) return false
  return ranks[event.level] >= ranks[sink.level]
}
