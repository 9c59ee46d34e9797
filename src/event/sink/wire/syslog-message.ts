import type { DefsEvent } from '../../event.ts'
import type { SinkWorld } from '../sink.ts'
import { type Facility, facilities } from './facility.ts'
import { cutToBytes, oneLine } from './one-line.ts'
import { severityOf } from './severity.ts'

// The number that RFC 5612 sets aside for examples: we have none of our own.
export const structureId = 'defs@32473'
const longestValue = 256

/** One event as a message of RFC 5424, of at most so many bytes; what is too much is cut from its text. */
export function syslogMessage(
  event: DefsEvent,
  { host, sourceName }: Pick<SinkWorld, 'host' | 'sourceName'>,
  facility: Facility,
  most: number,
): Buffer {
  const priority = facilities.indexOf(facility) * 8 + severityOf[event.level]
  const header = [
    `<${priority}>1`,
    event.time,
    printable(host, 255),
    printable(sourceName, 48),
    String(process.pid),
    printable(event.name, 32),
  ].join(' ')
  const parameters = structureOf(event).map(([name, value]) => `${name}="${escapeValue(value)}"`)
  // The mark before the text says that it is UTF-8 (section 6.4).
  const start = `${header} [${structureId} ${parameters.join(' ')}] \ufeff`
  return Buffer.from(start + cutToBytes(oneLine(event.message), most - Buffer.byteLength(start)), 'utf8')
}

/** The facts of an event by name; those that are absent are left out. */
export function structureOf(event: DefsEvent): [name: string, value: string][] {
  const { id, set, source, errorCode, path, previous, grade, reason, count } = event
  const facts = { id, set, source, code: errorCode, path, previous, grade, reason, count }
  return Object.entries(facts)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => [name, cutToBytes(oneLine(String(value)), longestValue)])
}

// Section 6.3.3: these three and no others are escaped.
export function escapeValue(text: string): string {
  return text.replace(/["\\\]]/g, '\\$&')
}

// Section 6: header fields are of printable ASCII without spaces; a dash stands for none.
function printable(text: string, most: number): string {
  return text.replace(/[^\x21-\x7e]/g, '_').slice(0, most) || '-'
}
