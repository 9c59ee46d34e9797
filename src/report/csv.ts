import { csvCell } from '../text/csv-cell.ts'
import type { DatedEntries, ReportEntry } from './entries.ts'

const columns: readonly (readonly [string, keyof ReportEntry])[] = [
  ['Action', 'action'],
  ['Result', 'result'],
  ['Set', 'set'],
  ['Date', 'date'],
  ['Revision', 'revision'],
  ['Source', 'source'],
  ['Event', 'event'],
  ['Level', 'level'],
  ['Error code', 'errorCode'],
  ['User', 'user'],
  ['From', 'from'],
  ['Object', 'object'],
  ['Change', 'change'],
  ['Message', 'message'],
]

/** The entries as CSV (RFC 4180, UTF-8, with a line of headings). */
export function csvOf(dated: Iterable<DatedEntries>): string {
  const known = new Map<ReportEntry, string>()
  let text = `Time,${rowOf(columns.map(([heading]) => heading))}`
  for (const { time, entries } of dated) {
    for (const entry of entries) {
      const row = known.get(entry) ?? rowOf(columns.map(([, key]) => String(entry[key] ?? '')))
      known.set(entry, row)
      text += `${csvCell(time)},${row}`
    }
  }
  return text
}

function rowOf(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

/** The name of a report's file, `DEFSyyyymmddhhmm.csv`, by the clock of UTC as every time in it. */
export function csvName(now: Date): string {
  return `DEFS${now.toISOString().slice(0, 16).replace(/\D/g, '')}.csv`
}
