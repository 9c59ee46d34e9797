import { join } from 'node:path'
import { DefsError } from '../../error.ts'
import { contentOfFile, walkFolder } from '../walk.ts'
import type { DatabaseContents, DatabaseOptions } from './database.ts'
import { membersOf } from './members.ts'

/**
 * The contents of an unpacked database, hashed as they lie in a folder.
 * @throws ARCHIVE_* for anything but plain files of safe names, STORE_*, INTERRUPTED
 */
export async function readContents(
  directory: string,
  { limits, signal }: DatabaseOptions,
): Promise<DatabaseContents> {
  const { found, problems } = await walkFolder(directory, limits.entries)
  const [problem] = problems
  if (problem) throw problem.error
  const members = membersOf(limits)
  for (const { name: written, type } of found) {
    if (type === 'folder') {
      throw new DefsError('ARCHIVE_SPECIAL', `'${written}' in an unpacked database is a folder: remove it`)
    }
    const { name, look, close } = members.begin(written)
    for await (const piece of contentOfFile(join(directory, name), signal)) look(piece)
    close()
  }
  return members.contents()
}
