import { DefsError } from '../error.ts'
import { piecesFromEnd } from '../event/journal.ts'
import { actionNames, type DatedEntries, openTales, type ReportEntry, systemActions } from './entries.ts'

/** What a report is about; every part narrows it. */
export interface ReportQuery {
  readonly from: Date | null
  readonly to: Date | null
  /** Names of {@link actionNames} in any case, or of events; none for all entries. */
  readonly actions: readonly string[]
  /** Text that an entry must hold somewhere, in any case. */
  readonly search: string | null
}

/** What the journal tells of what a query asks for, oldest first; it can be gone through more than once. */
export interface ReportLines extends Iterable<DatedEntries> {
  /** Entries in all. */
  readonly count: number
  /** Every entry there is, once: lines that tell the same share theirs. */
  readonly distinct: ReadonlySet<ReportEntry>
}

/**
 * Reads what a query asks for. What is kept of it is little: a moment a line, and what is told then.
 * @throws USAGE_ARGUMENT for an unknown action or a period that ends before it begins; STORE_PERMISSION, STORE_IO
 */
export async function readReport(journal: string, query: ReportQuery): Promise<ReportLines> {
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
  const hasEnds = from !== null || to !== null
  const search = query.search === null || query.search === '' ? null : openSearch(query.search)
  const pieces: Piece[] = []
  const distinct = new Set<ReportEntry>()
  let count = 0
  // The same two lists and one function for all pieces: V8 gave up what it had compiled for each new list.
  const times: string[] = []
  const tales: (readonly ReportEntry[])[] = []
  const tell = (time: string, told: readonly ReportEntry[]) => {
    if (hasEnds && !isWithin(time, query)) return
    const found = search === null ? told : search(time, told)
    if (found.length === 0) return
    count += found.length
    if (found !== tales.at(-1)) for (const entry of found) distinct.add(entry)
    // Other hands may have written anything there.
    times.push(time.includes('\n') ? time.replaceAll('\n', ' ') : time)
    tales.push(found)
  }
  for await (const piece of piecesFromEnd(journal, { from, to, history: false })) {
    const first = tales.length
    read(piece, tell)
    // Put together they are a text of their own; each by itself would keep the whole piece.
    if (times.length > 0) pieces.push({ times: times.join('\n'), first })
    times.length = 0
  }
  pieces.reverse()
  return { count, distinct, [Symbol.iterator]: () => linesOf(pieces, tales) }
}

/** The lines of a piece of the journal, oldest first: their times, each on a line, and the place of what the first tells. */
interface Piece {
  readonly times: string
  readonly first: number
}

function* linesOf(
  pieces: readonly Piece[],
  tales: readonly (readonly ReportEntry[])[],
): Generator<DatedEntries> {
  for (const { times, first } of pieces) {
    let place = first
    for (const time of times.split('\n')) {
      yield { time, entries: tales[place] ?? [] }
      place += 1
    }
  }
}

function isWithin(time: string, { from, to }: ReportQuery): boolean {
  if (from !== null && !(Date.parse(time) >= from.getTime())) return false
  return to === null || Date.parse(time) <= to.getTime()
}

/** Looks for a text: what is told in many lines is looked at once. */
function openSearch(text: string): (time: string, told: readonly ReportEntry[]) => readonly ReportEntry[] {
  const needle = text.toLowerCase()
  const known = new WeakMap<readonly ReportEntry[], readonly ReportEntry[]>()
  return (time, told) => {
    if (holds(time, needle)) return told
    let found = known.get(told)
    if (found === undefined) {
      found = told.filter((entry) => Object.values(entry).some((value) => holds(value, needle)))
      known.set(told, found)
    }
    return found
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
