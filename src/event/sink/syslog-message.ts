import { oneLine } from '../../text/plain-text.ts'
import type { Level } from '../catalogue.ts'
import type { DefsEvent } from '../event.ts'
import type { SinkWorld } from './sink.ts'

// The number that RFC 5612 sets aside for examples: we have none of our own.
export const structureId = 'defs@32473'
/** The same, above the numbers of SNMP traps. */
export const usualTrapOid = '1.3.6.1.4.1.32473.1'
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

/** Where syslog listens. */
export type SyslogAddress =
  | { readonly protocol: 'udp' | 'tcp' | 'tls'; readonly host: string; readonly port: number }
  | { readonly protocol: 'unix'; readonly path: string }

// RFC 5426, RFC 6587 by habit, RFC 5425.
const ports = { udp: 514, tcp: 514, tls: 6514 } as const

/** Reads `udp://host:port`, `tcp://`, `tls://` or `unix:/path`; returns what is wrong as text. */
export function readSyslogAddress(text: string): SyslogAddress | string {
  const unix = /^unix:(?:\/\/)?(\/.+)$/.exec(text)?.[1]
  if (unix !== undefined) return { protocol: 'unix', path: unix }
  const match = /^(udp|tcp|tls):\/\/(\[[0-9a-f:.]+\]|[^/:\s@[\]]+)(?::(\d{1,5}))?\/?$/i.exec(text)
  if (!match) return 'is no address: write udp://host:port, tcp://host:port, tls://host:port or unix:/path'
  const protocol = match[1]?.toLowerCase() as keyof typeof ports
  const host = (match[2] ?? '').replace(/^\[|\]$/g, '')
  const port = match[3] === undefined ? ports[protocol] : Number(match[3])
  if (port < 1 || port > 65_535) return 'has no port between 1 and 65535'
  return { protocol, host, port }
}

/** The address as it is written. */
export function writeSyslogAddress(address: SyslogAddress): string {
  if (address.protocol === 'unix') return `unix:${address.path}`
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${address.protocol}://${host}:${address.port}`
}

/** The facilities of RFC 5424 table 1 that have a name, in the order of their numbers. */
export const facilities = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'audit',
  'alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const

/** Which part of a system a syslog message is of. */
export type Facility = (typeof facilities)[number]

/** Severities of RFC 5424 table 2, which journald has too. */
export const severityOf = {
  error: 3,
  warning: 4,
  information: 6,
} as const satisfies Record<Level, number>

/** A text cut to so many bytes of UTF-8, never inside a character. */
export function cutToBytes(text: string, most: number): string {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length <= most) return text
  let end = Math.max(0, most)
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}
