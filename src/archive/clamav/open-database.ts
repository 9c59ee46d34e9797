import { DefsError } from '../../error.ts'
import type { DatabaseOptions, OpenedDatabase } from './database.ts'

/**
 * Reads a CVD or CLD once from end to end: header, digests, members.
 * @param directory where the members are written, private and there already; null to hash only
 * @throws FETCH_HTML for a web page; ARCHIVE_*; STORE_*; INTERRUPTED
 */
export async function openDatabase(
  file: string,
  directory: string | null,
  options: DatabaseOptions,
): Promise<OpenedDatabase> {
  throw new DefsError('BUG', `not built yet: ${file} ${directory} ${options.limits.entries}`)
}
