import { lstat, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * The first file or folder on the way to a set, or in it, that a user may not read; null when all is well or the user
 * is not known here. By owner, group and mode: what access lists or labels say is not seen.
 */
export async function unreadableFor(user: string, directory: string): Promise<string | null> {
  const who = await identityOf(user)
  if (who === null || who.uid === 0) return null
  for (const folder of waysTo(directory)) {
    if (!(await allows(folder, who, 0o1))) return folder
  }
  if (!(await allows(directory, who, 0o5))) return directory
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isFile() && !(await allows(path, who, 0o4))) return path
  }
  return null
}

interface Identity {
  readonly uid: number
  readonly gids: readonly number[]
}

function waysTo(directory: string): string[] {
  const ways: string[] = []
  for (let folder = dirname(directory); ; folder = dirname(folder)) {
    ways.unshift(folder)
    if (dirname(folder) === folder) return ways
  }
}

async function allows(path: string, { uid, gids }: Identity, bits: number): Promise<boolean> {
  const status = await lstat(path)
  if (status.isSymbolicLink()) return true
  const shift = status.uid === uid ? 6 : gids.includes(status.gid) ? 3 : 0
  return ((status.mode >> shift) & bits) === bits
}

/** Number and groups of a user in the files of the system; null where it is not there (LDAP, Windows). */
async function identityOf(user: string): Promise<Identity | null> {
  const rows = async (file: string) =>
    (await readFile(file, 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'))
  const row = (await rows('/etc/passwd')).find(([name, , uid]) => name === user || uid === user)
  if (!row) return null
  const groups = (await rows('/etc/group')).filter(([, , , members]) =>
    members?.split(',').includes(row[0] ?? ''),
  )
  return { uid: Number(row[2]), gids: [Number(row[3]), ...groups.map(([, , gid]) => Number(gid))] }
}
