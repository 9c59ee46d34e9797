import { DefsError } from '../../error.ts'
import type { DatabaseContents, DatabaseOptions, Written } from './database.ts'

/**
 * Packs the unpacked, proved database of a folder as a CLD, which ClamAV loads and later patches start from.
 * @param file the new file; it may not be there
 * @throws ARCHIVE_CORRUPT when a member is not what `contents` says, or there is no .info; STORE_*; INTERRUPTED
 */
export async function writeCld(
  directory: string,
  contents: DatabaseContents,
  file: string,
  options: DatabaseOptions,
): Promise<Written> {
  throw new DefsError(
    'BUG',
    `not built yet: ${directory} ${contents.members.length} ${file} ${options.signal}`,
  )
}
