import { closeSync, fchmodSync, fchownSync, fstatSync, fsync, openSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { nameOf } from '../disk/act-as.ts'
import { syncOpenFolder } from '../disk/atomic-file.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { inParallel } from '../thread/lanes.ts'

/** Who may read a set. */
export interface Access {
  /** Number of the group that may; null leaves the group alone. */
  readonly group: number | null
}

/**
 * Gives a set its final owner and modes and flushes all of it to the disk: files may be written by nobody,
 * folders only by their owner, who must be able to remove them.
 * @param sizes bytes of every file by its path relative to the folder, `/` between folders
 * @throws STORE_IO when the folder holds anything else, STORE_PERMISSION when the group cannot be given
 */
export async function seal(
  directory: string,
  sizes: ReadonlyMap<string, number>,
  access: Access,
  signal: AbortSignal,
): Promise<void> {
  const { files, folders } = await walk(directory)
  const there = new Set(files)
  const strangers = files.filter((name) => !sizes.has(name))
  const missing = [...sizes.keys()].filter((name) => !there.has(name))
  if (strangers.length > 0 || missing.length > 0) {
    throw new DefsError('STORE_IO', `${directory} was changed while it was staged: run again`, {
      path: directory,
      problems: [...strangers.map((name) => `${name} came`), ...missing.map((name) => `${name} went`)],
    })
  }
  await inParallel(files, limits.flushes, async (name) => {
    signal.throwIfAborted()
    await sealFile(join(directory, name), sizes.get(name) ?? 0, access)
  })
  // Deepest first, so that a folder is flushed after everything it holds.
  for (const name of folders.reverse()) await sealFolder(join(directory, name), access)
}

/** Paths relative to the folder, outer folders before inner ones, the folder itself as ''. */
async function walk(directory: string): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = []
  const folders = ['']
  for (const folder of folders) {
    for (const entry of await readdir(join(directory, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) folders.push(name)
      else files.push(name)
    }
  }
  return { files, folders }
}

/** Gives one file its final owner and mode and flushes it. @throws STORE_IO when it is not what was proved */
export async function sealFile(path: string, bytes: number, access: Access): Promise<void> {
  // Windows flushes only what is open for writing. All but the flush is done at once: that takes less time than waiting.
  const file = openSync(path, process.platform === 'win32' ? 'r+' : 'r')
  try {
    const status = fstatSync(file)
    // A second name for the same inode would let one damaged file damage another set.
    if (!status.isFile() || status.nlink !== 1 || status.size !== bytes) {
      throw new DefsError('STORE_IO', `${path} was changed while it was staged: run again`, { path })
    }
    own(file, path, status.uid, access, 0o440)
    await flush(file)
  } finally {
    closeSync(file)
  }
}

const flush = promisify(fsync)

async function sealFolder(path: string, access: Access): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    own(folder.fd, path, (await folder.stat()).uid, access, access.group === null ? 0o755 : 0o750)
    await syncOpenFolder(folder)
  } finally {
    await folder.close()
  }
}

function own(file: number, path: string, uid: number, { group }: Access, mode: number): void {
  if (process.platform === 'win32') return
  if (group !== null) {
    try {
      fchownSync(file, uid, group)
    } catch (cause) {
      const user = nameOf(uid)
      const text = `cannot give ${path} to the group ${group} of store.group: ${user}, whose store it is, must be a member of it (usermod -aG ${group} ${user}; then restart what runs as ${user})`
      throw new DefsError('STORE_PERMISSION', text, { cause, path })
    }
  }
  fchmodSync(file, mode)
}
