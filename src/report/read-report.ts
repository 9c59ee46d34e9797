import { DefsError } from '../error.ts'
import { newestInPieces } from '../event/journal.ts'
import { limits } from '../limits.ts'
import { actionNames, entriesOf, eventsOf, type ReportEntry } from './entry.ts'

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
 * The entries of the journal that a query asks for, oldest first.
 * @throws USAGE_ARGUMENT for an unknown action or a period that ends before it begins; STORE_PERMISSION, STORE_IO
 */
export async function readReport(journal: string, query: ReportQuery): Promise<ReportEntry[]> {
  const { from, to, actions } = query
  if (from !== null && to !== null && to < from) {
    throw new DefsError('USAGE_ARGUMENT', 'the period ends before it begins: check --from and --to')
  }
  const names = actions.map(knownAction)
  const wanted = predicateOf(query, new Set(names))
  const entries: ReportEntry[] = []
  let older = 0
  for await (const piece of newestInPieces(journal, linesOf(names))) {
    for (const event of piece) {
      // A clock that was wrong for a while leaves single old lines; only a run of them is the past.
      older = from !== null && Date.parse(event.time) < from.getTime() ? older + 1 : 0
      // The two entries of one event change places twice.
      entries.push(...entriesOf(event).reverse().filter(wanted))
    }
    if (older >= limits.journalStrays) break
  }
  return entries.reverse()
}

// Lines that cannot be of a wanted action are not even parsed.
function linesOf(names: readonly string[]): (line: string) => boolean {
  if (names.length === 0) return () => true
  const events = new RegExp(`"(${names.flatMap(eventsOf).join('|')})"`)
  return (line) => events.test(line)
}

function predicateOf(
  { from, to, search }: ReportQuery,
  names: ReadonlySet<string>,
): (entry: ReportEntry) => boolean {
  const needle = search?.toLowerCase() ?? ''
  return (entry) => {
    if (from !== null && !(Date.parse(entry.time) >= from.getTime())) return false
    if (to !== null && !(Date.parse(entry.time) <= to.getTime())) return false
    if (names.size > 0 && !names.has(entry.action.toLowerCase())) return false
    return needle === '' || Object.values(entry).some((value) => holds(value, needle))
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
    `there is no action '${name}': use LiveUpdate, 'Definitions updated' or the name of an event (defs events)`,
  )
}
