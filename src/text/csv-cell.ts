import { unsafeCharacters } from './plain-text.ts'

// What spreadsheets take for a formula, after blanks as well, and in the full width of Asian fonts.
const formula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/

/**
 * One cell of a CSV (RFC 4180). A text that a spreadsheet would run as a formula (a message may come from afar) is
 * given an apostrophe, a number never; control characters, line ends among them, and marks that reorder text become
 * blanks.
 */
export function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value)
  const plain = text.replace(unsafeCharacters, ' ')
  const safe = typeof value === 'string' && formula.test(plain) ? `'${plain}` : plain
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
