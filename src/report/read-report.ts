import { DefsError } from '../error.ts'
import { newestFirst } from '../event/journal.ts'
import { actionNames, entriesOf, type ReportEntry } from './entry.ts'

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
  const wanted = predicateOf(query)
  const entries: ReportEntry[] = []
  // The two entries of one event change places twice.
  for await (const event of newestFirst(journal)) entries.push(...entriesOf(event).reverse().filter(wanted))
  return entries.reverse()
}

function predicateOf({ from, to, actions, search }: ReportQuery): (entry: ReportEntry) => boolean {
  if (from !== null && to !== null && to < from) {
    throw new DefsError('USAGE_ARGUMENT', 'the period ends before it begins: check --from and --to')
  }
  const names = new Set(actions.map(knownAction))
  const needle = search?.toLowerCase() ?? ''
  return (entry) => {
    const time = Date.parse(entry.time)
    if (from !== null && !(time >= from.getTime())) return false
    if (to !== null && !(time <= to.getTime())) return false
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
