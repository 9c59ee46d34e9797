import { DefsError } from '../../error.ts'
import type { DatabaseContents, DatabaseOptions } from './database.ts'

/** The contents of an unpacked database, hashed as they lie in a folder. @throws ARCHIVE_*, STORE_*, INTERRUPTED */
export async function readContents(directory: string, options: DatabaseOptions): Promise<DatabaseContents> {
  throw new DefsError('BUG', `not built yet: ${directory} ${options.limits.entries}`)
}
