import { DefsError } from '../../error.ts'
import type { DatabaseOptions, DatabasePatch } from './database.ts'

/**
 * Carries a patch out on the unpacked database in `directory`, which then holds the next version, to be proved
 * by its .info. After an error the folder holds rubbish.
 * @throws ARCHIVE_CORRUPT when it does not fit the files or breaks a rule; ARCHIVE_BOMB_*, ARCHIVE_NAME_INVALID;
 *   STORE_*; INTERRUPTED
 */
export async function applyPatch(
  patch: DatabasePatch,
  directory: string,
  options: DatabaseOptions,
): Promise<void> {
  throw new DefsError('BUG', `not built yet: ${patch.version} ${directory} ${options.limits.entries}`)
}
