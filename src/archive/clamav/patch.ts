import { DefsError } from '../../error.ts'
import type { DatabasePatch } from './database.ts'

/**
 * Reads a cdiff. Null for one of no bytes: the publisher's way to say that there is no patch and the whole
 * database is to be taken.
 * @throws FETCH_HTML for a web page, ARCHIVE_UNKNOWN, ARCHIVE_CORRUPT, ARCHIVE_BOMB_TOTAL
 */
export function readPatch(bytes: Uint8Array): DatabasePatch | null {
  throw new DefsError('BUG', `not built yet: ${bytes.length}`)
}
