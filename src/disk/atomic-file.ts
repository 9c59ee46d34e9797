import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, lstat, open, rm, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import { removeOrLeave, renamePatiently } from './rename.ts'

/**
 * Replaces a file whole: a reader sees the old bytes or the new ones, a power cut included. Written aside in the
 * same folder, flushed, renamed, the folder flushed.
 * @param mode permissions of the new file, whatever the umask says
 * @param younger whether it is to be younger than what it replaces by a second at least, as published files are ({@link timeAfter})
 * @throws STORE_FULL, STORE_PERMISSION, STORE_IO; the old file is untouched then
 */
export async function writeFileAtomic(
  path: string,
  bytes: string | Uint8Array,
  mode: number,
  younger = false,
): Promise<void> {
  await replaceFile(path, mode, async (file) => {
    await file.writeFile(bytes)
    if (process.platform !== 'win32') await file.chmod(mode)
    const time = younger ? await timeAfter(path, await file.stat()) : null
    if (time !== null) await file.utimes(time, time)
  })
}

/**
 * The same for a file that is written piece by piece.
 * @param mode permissions as far as the umask lets them be
 * @param fill writes the new file; it is flushed afterwards
 * @param isWanted asked when it is whole: false leaves the old file as it is
 * @returns whether the file was replaced
 * @throws as {@link writeFileAtomic}, and the errors of this program that `fill` and `isWanted` throw
 */
export function replaceFile(
  path: string,
  mode: number,
  fill: (file: FileHandle) => Promise<void>,
  isWanted: () => Promise<boolean> = async () => true,
): Promise<boolean> {
  return replaceByRename(path, async (aside) => {
    const file = await open(aside, 'wx', mode)
    try {
      await fill(file)
      await file.sync()
    } finally {
      await file.close()
    }
    return isWanted()
  })
}

/**
 * The one way in which a file is replaced: `make` puts the new one at a path beside it, flushed, and one rename does
 * the rest. Nothing stays there, however it ends.
 * @param make false leaves the old file as it is
 * @throws as {@link replaceFile}
 */
export async function replaceByRename(
  path: string,
  make: (aside: string) => Promise<boolean>,
): Promise<boolean> {
  const aside = temporaryBeside(path)
  try {
    await refuseSpecial(path)
    const replaced = await make(aside)
    if (replaced) {
      await renamePatiently(aside, path)
      await syncFolder(dirname(path))
    }
    return replaced
  } catch (error) {
    throw storeError(error, `writing ${path}`)
  } finally {
    // Also of use after a rename: of two names of one file, it does nothing at all (POSIX).
    await rm(aside, { force: true }).catch(() => undefined)
  }
}

/**
 * Replaces a small file at once, for those who cannot wait: all or nothing for readers and for a crash of ours, but
 * not flushed, so a power cut may take it back. The folder has to be ours.
 * @throws what the file system reports
 */
export function replaceFileNow(path: string, text: string, mode: number): void {
  const aside = temporaryBeside(path)
  try {
    writeFileSync(aside, text, { flag: 'wx', mode })
    renameSync(aside, path)
  } catch (error) {
    rmSync(aside, { force: true })
    throw error
  }
}

/** The same for another name of a file, or a copy, that lies beside. */
export async function makeYounger(aside: string, replaced: string): Promise<void> {
  const time = await timeAfter(replaced, await lstat(aside))
  if (time !== null) await utimes(aside, time, time)
}

/**
 * Rule: what takes the place of a published file is younger by a second at least. Stops: a server whose validator is time in
 * seconds and size (nginx) answering "not modified" for the second release of one second. Null where it is so, for another
 * name of the same file, and where nothing is replaced.
 */
async function timeAfter(replaced: string, now: Pick<Stats, 'ino' | 'mtimeMs'>): Promise<Date | null> {
  const before = await lstat(replaced).catch(() => null)
  if (!before || before.ino === now.ino || now.mtimeMs >= before.mtimeMs + 1000) return null
  return new Date(Math.ceil(before.mtimeMs / 1000) * 1000 + 1000)
}

/**
 * What is no file is not replaced by one: a pipe, a device or a socket is somebody's, and was meant for something else.
 * @throws STORE_IO; what the file system throws
 */
export async function refuseSpecial(path: string): Promise<void> {
  const kind = await kindAt(path)
  if (kind !== 'other' && kind !== 'folder') return
  const what = kind === 'folder' ? 'a folder' : 'a pipe, a device or a socket'
  throw new DefsError('STORE_IO', `${path} is ${what}: name a file`, { path })
}

/**
 * Reads a small file of the store; null when it is not there. Without the thread pool: every way through it takes
 * longer than such a file, and a store of many sets has hundreds.
 * @throws STORE_PERMISSION, STORE_IO; STORE_IO too when it is larger than any file of the kind
 */
export async function readFileOrNull(path: string): Promise<Buffer | null> {
  try {
    // A pipe somebody left there is not waited at.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const stats = fstatSync(file)
      const { size } = stats
      if (!stats.isFile()) throw new DefsError('STORE_IO', `${path} is no regular file: look at it`, { path })
      if (size > limits.storeText) {
        throw new DefsError(
          'STORE_IO',
          `${path} has ${size} bytes, which no file of its kind has: look at it`,
        )
      }
      return size === 0 ? readFileSync(file) : readWhole(file, size)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (isMissing(error)) return null
    throw storeError(error, `reading ${path}`)
  }
}

/** As `readFileSync` does it, which asks for the size again and once more for what follows. */
function readWhole(file: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  let filled = 0
  while (filled < size) {
    const read = readSync(file, bytes, filled, size - filled, null)
    if (read === 0) break
    filled += read
  }
  return bytes.subarray(0, filled)
}

/** True when an error of the file system says that there is nothing at the path. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

/** What lies at a path, links not followed. */
export async function kindAt(path: string): Promise<'nothing' | 'folder' | 'link' | 'file' | 'other'> {
  try {
    const status = await lstat(path)
    if (status.isDirectory()) return 'folder'
    if (status.isSymbolicLink()) return 'link'
    return status.isFile() ? 'file' : 'other'
  } catch (error) {
    if (isMissing(error)) return 'nothing'
    throw error
  }
}

/** Flushes the names in a folder: without it a rename may be gone after a power cut. */
export async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders; NTFS journals its names itself.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await syncOpenFolder(folder)
  } finally {
    await folder.close()
  }
}

const cannotSync = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/**
 * Flushes an open folder. Network and FUSE file systems (CIFS, 9p, vboxsf) cannot, and say so: they keep their names by
 * means of their own. For files such an answer is an error.
 */
export async function syncOpenFolder(folder: FileHandle): Promise<void> {
  await folder.sync().catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!cannotSync.has(code)) throw error
  })
}

/** Renames and flushes the folders concerned, so that the new name survives a power cut. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await renamePatiently(from, to)
  await syncFolder(dirname(to))
  if (dirname(from) !== dirname(to)) await syncFolder(dirname(from))
}

/** A fresh name that {@link isLeftover} knows again, in a folder: `tmp<8 hex>.tmp`. */
export function temporaryFolder(parent: string): string {
  return join(parent, `tmp${randomBytes(4).toString('hex')}.tmp`)
}

/** A fresh name beside `path` that {@link isLeftover} knows again. */
export function temporaryBeside(path: string): string {
  return `${path}.${randomBytes(4).toString('hex')}.tmp`
}

/** Whether a name is one of a run in progress, or of one that was cut short. */
export function isLeftover(name: string): boolean {
  return name.endsWith('.tmp')
}

/**
 * Removes a folder in two steps, so that a crash leaves either the whole folder or a leftover, never half a set
 * under a good name.
 */
export async function removeFolder(path: string): Promise<void> {
  const aside = temporaryFolder(dirname(path))
  await renameDurably(path, aside)
  await removeOrLeave(aside)
}
