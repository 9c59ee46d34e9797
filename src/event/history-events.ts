import type { EventName } from './catalogue.ts'

/** The events that `history` tells: what was live, and what was done about it. */
export const historyEvents = [
  'definitions.updated',
  'definitions.rolled-back',
  'rolled-back.by-hand',
  'definitions.missing',
  'scanner.updated',
  'scanner.refused',
  'scanner.told',
  'definitions.confirmed',
  'scanner.failed',
  'set.held',
  'set.released',
  'exception.added',
  'exception.removed',
  'exception.ended',
  'store.recovered',
  'console.action',
] as const satisfies readonly EventName[]

/** One of them. */
export type HistoryEvent = (typeof historyEvents)[number]
