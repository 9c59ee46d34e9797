import type { EventKind } from './event-kind.ts'
import { gateEvents } from './gate-events.ts'
import { serviceEvents } from './service-events.ts'
import { updateEvents } from './update-events.ts'

export type { EventKind, Level } from './event-kind.ts'

/** All events, by stable name. */
export const catalogue = { ...updateEvents, ...gateEvents, ...serviceEvents } as const satisfies Record<
  string,
  EventKind
>

/** The stable name of an event. */
export type EventName = keyof typeof catalogue
