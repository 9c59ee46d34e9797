import { consoleEvents } from './console-events.ts'
import type { EventKind } from './event-kind.ts'
import { fleetEvents } from './fleet-events.ts'
import { gateEvents, serviceEvents } from './service-events.ts'
import { updateEvents } from './update-events.ts'
import { watchEvents } from './watch-events.ts'

export type { EventKind, Level } from './event-kind.ts'

/** All events, by stable name. */
export const catalogue = {
  ...updateEvents,
  ...gateEvents,
  ...serviceEvents,
  ...watchEvents,
  ...consoleEvents,
  ...fleetEvents,
} as const satisfies Record<string, EventKind>

/** The stable name of an event. */
export type EventName = keyof typeof catalogue

/** An entry of the catalogue with its stable name. */
export interface Explained extends EventKind {
  readonly name: EventName
}

/** What an event means, by its number (that of the 6.0 line included) or its name; undefined when unknown. */
export function explainEvent(idOrName: string | number): Explained | undefined {
  const asked = String(idOrName).trim().toLowerCase()
  const kinds = Object.entries(catalogue) as [EventName, EventKind][]
  const entries: readonly Explained[] = kinds.map(([name, kind]) => ({ name, ...kind }))
  return (
    entries.find(({ name, id }) => name === asked || String(id) === asked) ??
    entries.find(({ id60 }) => id60 !== undefined && String(id60) === asked)
  )
}
