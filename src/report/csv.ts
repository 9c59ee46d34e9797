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
      text += `${cell(time)},${row}`
    }
  }
  return text
}

function rowOf(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

// What spreadsheets take for a formula, after blanks as well, and in the full width of Asian fonts.
const formula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/

/**
 * One cell. A text that a spreadsheet would run as a formula (a message may come from afar) is given an
 * apostrophe; control characters, line ends among them, become blanks.
 */
function cell(text: string): string {
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
  const safe = formula.test(plain) ? `'${plain}` : plain
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The name of a report's file, `DEFSyyyymmddhhmm.csv`, by the clock of UTC as every time in it. */
export function csvName(now: Date): string {
  return `DEFS${now.toISOString().slice(0, 16).replace(/\D/g, '')}.csv`
}
