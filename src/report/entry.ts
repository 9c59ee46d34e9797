import { catalogue, type EventName } from '../event/catalogue.ts'
import type { DefsEvent } from '../event/event.ts'
import type { SetName } from '../set-id.ts'

/** One line of the detail report. */
export interface ReportEntry {
  /** RFC 3339, UTC. */
  readonly time: string
  /** `LiveUpdate` and `Definitions updated` as in seed 003; else the stable name of the event. */
  readonly action: string
  /** Null for what can neither succeed nor fail. */
  readonly result: 'Succeeded' | 'Failed' | null
  readonly set: SetName | null
  /** Date and revision of the set, `YYYY-MM-DD` and 0 to 999. */
  readonly date: string | null
  readonly revision: number | null
  readonly source: string | null
  readonly event: number
  readonly level: DefsEvent['level']
  readonly errorCode: string | null
  readonly user: string | null
  readonly message: string
}

type Told = Pick<ReportEntry, 'action' | 'result'>

const succeeded = (action: string): Told => ({ action, result: 'Succeeded' })
const failed = (action: string): Told => ({ action, result: 'Failed' })

/** The two actions of the seed's report: each session of asking a source, and each try to replace the set. */
const sessionActions = ['LiveUpdate', 'Definitions updated'] as const
const [session, replacement] = sessionActions

// A session that brought a set is two entries, as the seed has them.
const told: Readonly<Partial<Record<EventName, readonly Told[]>>> = {
  'definitions.updated': [succeeded(session), succeeded(replacement)],
  'update.nothing-newer': [succeeded(session)],
  'update.not-taken': [succeeded(session)],
  'update.failed': [failed(session)],
  'update.interrupted': [failed(session)],
  'scanner.failed': [failed(session)],
  'package.refused': [failed(replacement)],
  'scanner.refused': [failed(replacement)],
  'gate.refused': [failed(replacement)],
}

/** The names of the events that an action, in any case, is told of. */
export function eventsOf(action: string): readonly string[] {
  const names: readonly string[] = Object.keys(catalogue)
  const tellers = Object.entries(told).filter(([, tales]) => {
    return tales.some((tale) => tale.action.toLowerCase() === action.toLowerCase())
  })
  const own = names.filter((name) => name === action.toLowerCase())
  return [...own, ...tellers.map(([name]) => name)]
}

/** Every name that `--action` knows. */
export const actionNames: readonly string[] = [...sessionActions, ...Object.keys(catalogue)]

/** What the report says of an event: one entry, or two. */
export function entriesOf(event: DefsEvent): ReportEntry[] {
  const { time, name, set, source, id, level, errorCode, user = null, message } = event
  const facts = { set, ...dayOf(set), source, event: id, level, errorCode, user, message }
  const tales = told[name] ?? [{ action: name, result: null }]
  return tales.map((tale) => ({ time, ...tale, ...facts }))
}

function dayOf(set: SetName | null): Pick<ReportEntry, 'date' | 'revision'> {
  if (set === null) return { date: null, revision: null }
  const date = `${set.slice(0, 4)}-${set.slice(4, 6)}-${set.slice(6, 8)}`
  return { date, revision: Number(set.slice(9)) }
}
