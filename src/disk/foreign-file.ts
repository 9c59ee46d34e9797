import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  type Stats,
} from 'node:fs'
import { type FileHandle, lstat, open, readlink, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DefsError, storeError } from '../error.ts'
import { isMissing } from './atomic-file.ts'

// Windows has neither flag.
const nofollow = constants.O_NOFOLLOW ?? 0
const nonblock = constants.O_NONBLOCK ?? 0

/** A file as one handle showed it: its bytes and what it was belong together. */
export interface ForeignFile {
  readonly bytes: Buffer
  readonly stats: Stats
}

/**
 * Reads a file that somebody else may exchange while we look: opened once, never through a link, never waiting for a
 * pipe, judged by its handle.
 * @param most bytes it may have
 * @throws STORE_IO for a link, a pipe, a device, a folder or a file of more than `most` bytes; STORE_PERMISSION
 */
export function readForeign(path: string, most: number): Promise<ForeignFile> {
  return readBounded(path, most, nofollow)
}

/**
 * Reads a file that the configuration names: the same, but a link is followed, since configuration managers place
 * files by links. What the link leads to has to be a regular file.
 * @throws as {@link readForeign}
 */
export async function readNamed(path: string, most: number): Promise<Buffer> {
  return (await readBounded(path, most, 0)).bytes
}

/**
 * The same as {@link readForeign} as text, for what may not be there.
 * @returns null when there is nothing
 * @throws as {@link readForeign}
 */
export async function readForeignText(path: string, most: number): Promise<string | null> {
  try {
    return (await readForeign(path, most)).bytes.toString()
  } catch (error) {
    if (isMissing(error) || (error instanceof Error && isMissing(error.cause))) return null
    throw error
  }
}

async function readBounded(path: string, most: number, flags: number): Promise<ForeignFile> {
  const file = await openRegular(path, flags)
  try {
    const stats = await file.stat()
    if (stats.size > most) throw tooLarge(path, most)
    // One byte more than it claims: files of /proc claim none, and others grow.
    const bytes = Buffer.alloc(Math.min(most, Math.max(stats.size, 4096)) + 1)
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled)
      if (bytesRead === 0) return { bytes: bytes.subarray(0, filled), stats }
      filled += bytesRead
    }
    throw tooLarge(path, bytes.length - 1)
  } catch (error) {
    throw storeError(error, `reading ${path}`)
  } finally {
    await file.close()
  }
}

/**
 * Opens a file that has to lie at exactly this path, no link in any part of it, however the path is changed meanwhile:
 * the handle is asked where it lies. Null when there is nothing, or something else.
 * @param path real and absolute
 */
export async function openInPlace(path: string): Promise<FileHandle | null> {
  const file = await openRegular(path).catch(() => null)
  if (file === null) return null
  const there = await placeOfHandle(file, path)
  if (there === path) return file
  await file.close()
  return null
}

// Elsewhere than on Linux a handle cannot be asked; that the path still leads to it is the next best.
async function placeOfHandle(file: FileHandle, path: string): Promise<string | null> {
  try {
    if (process.platform === 'linux') return await readlink(`/proc/self/fd/${file.fd}`)
    const [own, found] = [await file.stat(), await lstat(path)]
    return own.ino === found.ino && own.dev === found.dev ? await realpath(path) : null
  } catch {
    return null
  }
}

/**
 * The same at once, for files of a few KiB that others may have put in our place.
 * @param flags 0 to follow a link, for what the configuration names
 * @throws as {@link readForeign}
 */
export function readSmall(path: string, most: number, flags: number = nofollow): Buffer {
  const file = openRegularNow(path, flags)
  try {
    if (fstatSync(file).size > most) throw tooLarge(path, most)
    return readFileSync(file)
  } catch (error) {
    throw storeError(error, `reading ${path}`)
  } finally {
    closeSync(file)
  }
}

/**
 * {@link openRegular} at once.
 * @returns the descriptor, to be closed by the caller
 * @throws as {@link readForeign}
 */
export function openRegularNow(path: string, flags: number = nofollow): number {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | nonblock | flags)
  } catch (error) {
    throw isLink(error) ? refused(path, 'a link') : storeError(error, `reading ${path}`)
  }
  const stats = fstatSync(file)
  if (stats.isFile()) return file
  closeSync(file)
  throw refused(path, kindOf(stats))
}

/**
 * Opens a regular file for reading without following a link in its last part and without waiting.
 * @throws as {@link readForeign}
 */
export async function openRegular(path: string, flags: number = nofollow): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | nonblock | flags).catch((error: unknown) => {
    throw isLink(error) ? refused(path, 'a link') : storeError(error, `reading ${path}`)
  })
  const stats = await file.stat()
  if (stats.isFile()) return file
  await file.close()
  throw refused(path, kindOf(stats))
}

/**
 * Opens a file of ours to append to, made when it is missing. In a folder that others can write it might be a link to
 * any file of the machine, or a pipe that nobody reads.
 * @returns the descriptor, to be closed by the caller
 * @throws STORE_IO for a link, a pipe or a device; STORE_PERMISSION, STORE_FULL
 */
export function openToAppend(path: string, mode: number): number {
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | nofollow | nonblock
  let file: number
  try {
    file = openSync(path, flags, mode)
  } catch (error) {
    throw isLink(error) ? refused(path, 'a link') : storeError(error, `writing ${path}`)
  }
  const stats = fstatSync(file)
  if (stats.isFile()) return file
  closeSync(file)
  throw refused(path, kindOf(stats))
}

/**
 * A folder in which we write, rename and remove must be one: through a link, all of that happens elsewhere. Nothing
 * at the path is fine.
 * @throws STORE_PERMISSION for a link; STORE_IO for anything else that is no folder
 */
export async function refuseLink(path: string): Promise<void> {
  try {
    const stats = await lstat(path)
    if (stats.isDirectory()) return
    if (!stats.isSymbolicLink()) throw refused(path, kindOf(stats))
  } catch (error) {
    if (isMissing(error)) return
    throw storeError(error, `looking at ${path}`)
  }
  throw new DefsError('STORE_PERMISSION', `${path} is a link: name or make the real folder`, { path })
}

/**
 * The same for a folder that the operator may have put elsewhere by a link of his own: refused is a link that somebody
 * else made or can replace, since it would send our writes, made as root, wherever he likes.
 * @throws STORE_PERMISSION
 */
export async function refuseForeignLink(path: string): Promise<void> {
  if (process.platform === 'win32') return
  try {
    const link = await lstat(path)
    if (!link.isSymbolicLink()) return
    const parent = await stat(dirname(path))
    const trusted = link.uid === 0 || link.uid === process.geteuid?.()
    const everybodys = (parent.mode & 0o1002) === 0o002
    if (trusted && !everybodys) return
  } catch (error) {
    if (isMissing(error)) return
    throw storeError(error, `looking at ${path}`)
  }
  throw new DefsError('STORE_PERMISSION', `${path} is a link that others control: name the real folder`, {
    path,
  })
}

/** Whether this user may look into a folder; true too when it is not there. */
export function mayRead(folder: string): boolean {
  try {
    // Done, not asked: access(2) answers for whoever started us, not for the one as whom we run.
    if (constants.O_DIRECTORY === undefined) opendirSync(folder).closeSync()
    else closeSync(openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY))
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM'))
  }
}

/** Whether a path is a folder, or nothing yet: never a link to one. */
export function isFolderOrNothing(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? true
}

/**
 * Removes everything in a folder of our own but the names to keep. Where the system can name a folder by its handle,
 * the one that was judged is the one that is emptied, whatever the path has come to mean meanwhile.
 * @throws STORE_PERMISSION for a folder that belongs to somebody else; STORE_IO for a link
 */
export function emptyFolder(path: string, keep: readonly string[] = []): void {
  let folder: number | undefined
  try {
    // Windows opens no folders.
    if (process.platform === 'win32') {
      removeIn(path, keep)
      return
    }
    folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | nofollow)
    const { uid } = fstatSync(folder)
    if (uid !== process.geteuid?.() && uid !== 0) {
      const message = `${path} belongs to somebody else (user ${uid}): nothing in it is removed`
      throw new DefsError('STORE_PERMISSION', message, { path })
    }
    removeIn(process.platform === 'linux' ? `/proc/self/fd/${folder}` : path, keep)
  } catch (error) {
    throw storeError(error, `emptying ${path}`)
  } finally {
    if (folder !== undefined) closeSync(folder)
  }
}

function removeIn(folder: string, keep: readonly string[]): void {
  for (const name of readdirSync(folder)) {
    if (!keep.includes(name)) rmSync(join(folder, name), { recursive: true, force: true })
  }
}

function isLink(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ELOOP' || error.code === 'EMLINK')
}

function refused(path: string, what: string): DefsError {
  return new DefsError('STORE_IO', `${path} is ${what}, not a regular file: remove it or name another`, {
    path,
  })
}

function tooLarge(path: string, most: number): DefsError {
  const message = `${path} has more than ${most} bytes, which no file of its kind has: look at it`
  return new DefsError('STORE_IO', message, { path })
}

/** What something on disk is, in words. */
function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a pipe'
  if (stats.isSocket()) return 'a socket'
  return stats.isSymbolicLink() ? 'a link' : 'a device'
}
