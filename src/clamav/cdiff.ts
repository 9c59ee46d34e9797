import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import type { DatabasePatch } from './database.ts'
import { assertNoPage } from './open-database.ts'

const opening = /^ClamAV-Diff:(\d{1,10}):(\d{1,10}):/
/** Two numbers of ten digits at the most. */
const openingBytes = 64

/**
 * Reads a cdiff. Null for one of no bytes: the publisher's way to say that there is no patch and the whole
 * database is to be taken.
 * @throws FETCH_HTML for a web page; ARCHIVE_UNKNOWN, ARCHIVE_CORRUPT; ARCHIVE_BOMB_TOTAL above its bounds
 */
export function readPatch(bytes: Uint8Array): DatabasePatch | null {
  if (bytes.length === 0) return null
  assertNoPage(bytes.subarray(0, 1024))
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [head, version, size] = opening.exec(whole.toString('latin1', 0, openingBytes)) ?? []
  if (head === undefined) {
    throw new DefsError('ARCHIVE_UNKNOWN', 'the file is no patch of a ClamAV database: check the address')
  }
  const scriptBytes = Number(size)
  if (whole.length > limits.databasePatch || scriptBytes > limits.databaseScript) {
    throw new DefsError('ARCHIVE_BOMB_TOTAL', 'the patch is larger than any honest one: it is refused')
  }
  // The packed script may hold colons itself; no signature does.
  const end = whole.lastIndexOf(':')
  const signature = whole.toString('latin1', end + 1)
  if (end < head.length || !/^[A-Za-z0-9+/]+$/.test(signature)) {
    throw new DefsError('ARCHIVE_CORRUPT', 'the patch does not end in a signature: fetch it again')
  }
  const signed = whole.subarray(0, end)
  return {
    version: Number(version),
    scriptBytes,
    bytes: whole,
    signed,
    signature,
    packed: signed.subarray(head.length),
  }
}
