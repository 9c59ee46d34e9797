import { DefsError } from '../../error.ts'
import type { DatabaseHeader } from './database.ts'

/** Bytes of the header of a database; shorter answers are no database. */
export const databaseHeaderBytes = 512

/**
 * Reads the header of a CVD or CLD.
 * @param bytes its first 512 bytes, or more
 * @throws FETCH_HTML for a web page, ARCHIVE_UNKNOWN, ARCHIVE_TRUNCATED, ARCHIVE_CORRUPT
 */
export function readDatabaseHeader(bytes: Uint8Array): DatabaseHeader {
  throw new DefsError('BUG', `not built yet: ${bytes.length}`)
}
