import { DefsError } from '../error.ts'
import { piecesFromEnd } from '../event/journal.ts'
import { limits } from '../limits.ts'
import { actionNames, type DatedEntries, openTales, systemActions } from './entries.ts'

/** What a report is about; every part narrows it. */
export interface ReportQuery {
  readonly from: Date | null
  readonly to: Date | null
  /** Names of {@link actionNames} in any case, or of events; none for all entries. */
  readonly actions: readonly string[]
  /** Text that an entry must hold somewhere, in any case. */
  readonly search: string | null
}

/**
 * What the journal tells of what a query asks for, oldest first.
 * @throws USAGE_ARGUMENT for an unknown action or a period that ends before it begins; STORE_PERMISSION, STORE_IO
 */
export async function readReport(journal: string, query: ReportQuery): Promise<DatedEntries[]> {
  const { from, to } = query
  if (from !== null && to !== null && to < from) {
    throw new DefsError('USAGE_ARGUMENT', 'the period ends before it begins: check --from and --to')
  }
  const actions = query.actions.map(knownAction)
  // Asked for by its own name an event is meant, whatever it is called in the report.
  const read = openTales(
    ({ action }, name) =>
      actions.length === 0 || actions.includes(action.toLowerCase()) || actions.includes(name),
  )
  const pieces: Buffer[] = []
  const isPast = from === null ? () => false : pastBefore(from, read)
  for await (const piece of piecesFromEnd(journal)) {
    pieces.push(piece)
    if (isPast(piece)) break
  }
  const needle = query.search?.toLowerCase() ?? ''
  const all: DatedEntries[] = []
  for (const piece of pieces.reverse()) {
    for (const told of read(piece)) {
      if (!isWithin(told.time, query)) continue
      const found = needle === '' ? told : withText(told, needle)
      if (found.entries.length > 0) all.push(found)
    }
  }
  return all
}

/** Tells, piece by piece from the end of the journal, when only what is older than asked for is left. */
function pastBefore(from: Date, read: (piece: Buffer) => DatedEntries[]): (piece: Buffer) => boolean {
  let older = 0
  return (piece) => {
    for (const { time } of read(piece).reverse()) {
      // A clock that was wrong for a while leaves single old lines; only a run of them is the past.
      older = Date.parse(time) < from.getTime() ? older + 1 : 0
    }
    return older >= limits.journalStrays
  }
}

function isWithin(time: string, { from, to }: ReportQuery): boolean {
  if (from !== null && !(Date.parse(time) >= from.getTime())) return false
  return to === null || Date.parse(time) <= to.getTime()
}

function withText({ time, entries }: DatedEntries, needle: string): DatedEntries {
  if (holds(time, needle)) return { time, entries }
  return {
    time,
    entries: entries.filter((entry) => Object.values(entry).some((value) => holds(value, needle))),
  }
}

function holds(value: string | number | null, needle: string): boolean {
  return value !== null && String(value).toLowerCase().includes(needle)
}

function knownAction(name: string): string {
  const known = actionNames.find((action) => action.toLowerCase() === name.trim().toLowerCase())
  if (known !== undefined) return known.toLowerCase()
  throw new DefsError(
    'USAGE_ARGUMENT',
    `there is no action '${name}': use ${systemActions.join(', ')}, or the name of an event (defs events)`,
  )
}
