import { DefsError } from '../error.ts'

/** What the first 512 bytes of a ClamAV database (CVD, CLD), or the first line of its `.info`, say. */
export interface DatabaseHeader {
  /** From the ninth field (seconds since 1970); old files lack it, then from the first, which has minutes only. */
  readonly builtAt: Date
  readonly version: number
  readonly signatures: number
  /** The least engine that understands the database. */
  readonly functionalityLevel: number
  /** MD5 of all that follows the header, lower-case hexadecimal; null when the header states none. */
  readonly md5: string | null
  /** The legacy signature over that MD5, in ClamAV's own alphabet; null when there is none. */
  readonly signature: string | null
  readonly builder: string
  /** The build time as written, for example `22 Jun 2021 14-58 -0400`. */
  readonly builtText: string
  /** The whole line, without the spaces that fill the header up. */
  readonly line: string
}

/** Bytes of the header of a database; a shorter answer is no database. */
export const databaseHeaderBytes = 512

const magic = 'ClamAV-VDB'
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const written = /^(\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2})-(\d{2}) ([+-])(\d{2})(\d{2})$/

/**
 * Reads the header of a CVD or CLD. Nothing of it is proved: the legacy signature does not cover it.
 * @param bytes the first 512 bytes of the file, or more
 * @throws ARCHIVE_UNKNOWN, ARCHIVE_TRUNCATED, ARCHIVE_CORRUPT
 */
export function readDatabaseHeader(bytes: Uint8Array): DatabaseHeader {
  const text = Buffer.from(bytes.subarray(0, databaseHeaderBytes)).toString('latin1')
  if (!text.startsWith(`${magic}:`)) {
    throw new DefsError('ARCHIVE_UNKNOWN', 'the file is no ClamAV database: check the address')
  }
  if (text.length < databaseHeaderBytes) {
    throw new DefsError('ARCHIVE_TRUNCATED', 'the header of the database is cut off: fetch it again')
  }
  const [line = '', ...rest] = text.split(/[\r\n]/)
  // Rule: nothing behind the line. Stops: bytes in a header that nobody reads and nothing signs.
  if (/[^ \0]/.test(rest.join(''))) throw corrupt('what follows its line')
  return readHeaderLine(line.trimEnd())
}

/** Reads the line of a header, or of an `.info`. @throws ARCHIVE_CORRUPT */
export function readHeaderLine(line: string): DatabaseHeader {
  const [name, builtText = '', version, signatures, level, md5 = '', signature = '', builder = '', ...rest] =
    line.split(':')
  // Rule: printable text, eight fields or nine. Stops: bytes after a NUL, which programs in C do not see.
  if (name !== magic || !/^[ -~]*$/.test(line) || builder === '' || rest.length > 1) throw corrupt('its form')
  const [seconds] = rest
  return {
    builtAt: seconds === undefined ? timeOf(builtText) : new Date(numberOf(seconds, 'build time') * 1000),
    version: numberOf(version, 'version'),
    signatures: numberOf(signatures, 'number of signatures'),
    functionalityLevel: numberOf(level, 'functionality level'),
    md5: /^[0-9a-f]{32}$/.test(md5) ? md5 : null,
    signature: /^x?$/i.test(signature) ? null : signature,
    builder,
    builtText,
    line,
  }
}

/**
 * Whether ClamAV takes the version of any container at this path for that of `daily`: it looks for the word in the whole path
 * (findings/clamd-version-by-path.sh).
 */
export function passesForDaily(path: string): boolean {
  return path.includes('daily.')
}

function numberOf(text: string | undefined, what: string): number {
  const number = Number(text)
  if (text !== undefined && /^\d{1,10}$/.test(text) && number < 2 ** 32) return number
  throw corrupt(`its ${what}`)
}

/** ClamAV writes local time with its distance to UTC, and `-` in the clock because `:` parts the fields. */
function timeOf(text: string): Date {
  const [, day, month = '', year, hour, minute, sign, zoneHours, zoneMinutes] = written.exec(text) ?? []
  const at = Date.UTC(Number(year), months.indexOf(month), Number(day), Number(hour), Number(minute))
  if (!months.includes(month) || Number.isNaN(at)) throw corrupt('its build time')
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000
  return new Date(sign === '-' ? at + zone : at - zone)
}

function corrupt(what: string): DefsError {
  return new DefsError('ARCHIVE_CORRUPT', `the header of the database is damaged in ${what}: fetch it again`)
}
