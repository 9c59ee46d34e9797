import { join } from 'node:path'
import { count, listOf, nullable, object, tableOf, text, truth } from '../disk/json-shape.ts'
import { peekRecord, type RecordFile, writeRecord } from './record-file.ts'
import type { Store } from './store.ts'

/** When a scanner was seen last, and whether it loads canaries; kept in `state/scanner.json`. */
export interface SeenRecord {
  /** RFC 3339, UTC. */
  readonly seen: string | null
  readonly canary: boolean
}

export const seenRecord: RecordFile<SeenRecord> = {
  path: (store) => join(store.state, 'scanner.json'),
  shape: object<SeenRecord>({ seen: nullable(text), canary: truth }),
  empty: { seen: null, canary: false },
}

/** The last verdict, whose beginning goes on while its state does; kept in `state/verdict.json`. */
export const verdictRecord: RecordFile<{ readonly state: string; readonly since: string } | null> = {
  path: (store) => join(store.state, 'verdict.json'),
  shape: object<{ state: string; since: string }>({ state: text, since: text }),
  empty: null,
}

/** A pause of the schedule, kept in `state/paused.json`. */
export interface SchedulePause {
  /** RFC 3339, UTC; `until` null for no end. */
  readonly since: string
  readonly until: string | null
  readonly user: string
  readonly reason: string | null
}

export const pauseRecord: RecordFile<SchedulePause | null> = {
  path: (store) => join(store.state, 'paused.json'),
  shape: nullable(
    object<SchedulePause>({ since: text, until: nullable(text), user: text, reason: nullable(text) }),
  ),
  empty: null,
}

/** The product that alone updates a store, kept in `state/designated.json`. */
export interface Designated {
  /** Its code in `usage.dat`. */
  readonly product: string
  /** RFC 3339, UTC. */
  readonly since: string
  /** Products that were told. */
  readonly told: readonly string[]
}

export const designatedRecord: RecordFile<Designated | null> = {
  path: (store) => join(store.state, 'designated.json'),
  shape: nullable(object<Designated>({ product: text, since: text, told: listOf(text) })),
  empty: null,
}

/** Whether a pause has come to its end. */
export function isPast({ until }: SchedulePause, now: Date): boolean {
  return until !== null && Date.parse(until) <= now.getTime()
}

/** The pause that holds at this moment; null when the schedule runs. Changes nothing. */
export async function schedulePause(store: Store, now: Date): Promise<SchedulePause | null> {
  const pause = await peekRecord(store, pauseRecord)
  return pause === null || isPast(pause, now) ? null : pause
}

/** Runs of `update`, kept in `state/counts.json`. */
export interface CountsRecord {
  /** By source, then by outcome. */
  readonly runs: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** How long the last run took; milliseconds, null before the first. */
  readonly lastDurationMs: number | null
}

export const countsRecord: RecordFile<CountsRecord> = {
  path: (store) => join(store.state, 'counts.json'),
  shape: object<CountsRecord>({ runs: tableOf(tableOf(count)), lastDurationMs: nullable(count) }),
  empty: { runs: {}, lastDurationMs: null },
}

/** Outcomes of an update, each told from its first zero on: a counter that begins at 1 shows no increase. */
export const updateOutcomes = ['updated', 'unchanged', 'failed'] as const

/** Counts one run of `update`; a store that cannot be written counts nothing, which fails no run. */
export async function countUpdate(
  store: Store,
  source: string,
  outcome: (typeof updateOutcomes)[number],
  lastDurationMs: number,
): Promise<void> {
  const { runs } = await peekRecord(store, countsRecord)
  const own = Object.hasOwn(runs, source) ? runs[source] : {}
  const next = { ...runs, [source]: { ...own, [outcome]: (own?.[outcome] ?? 0) + 1 } }
  const counts = { runs: next, lastDurationMs: Math.max(0, Math.round(lastDurationMs)) }
  await writeRecord(store, countsRecord, counts).catch(() => undefined)
}
