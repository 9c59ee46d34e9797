import { closeSync, constants, type Dirent, fstatSync, openSync, read, readSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { alignedBuffer } from '../digest.ts'
import { DefsError, type ErrorCode, storeError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import { BufferPool } from '../thread/buffer-pool.ts'
import { openBreath, stopIfAborted } from '../thread/lanes.ts'

const pieceBytes = 1024 * 1024

/** Something found in a folder on disk. */
export interface WalkedFile {
  /** Path relative to the folder, `/` between folders. */
  readonly name: string
  readonly type: 'file' | 'folder'
}

/** Something in a folder that is no part of a set, and why. */
export interface FolderProblem {
  /** Path relative to the folder, `/` between folders; null for the folder itself. */
  readonly file: string | null
  readonly code: ErrorCode
  readonly message: string
  readonly error: DefsError
}

/** An error as the problem of one file. */
export function problemOf(file: string | null, error: DefsError): FolderProblem {
  return { file, code: error.code, message: error.message, error }
}

/** Everything in a folder, folders before what lies in them; nothing is opened or followed. */
export async function walkFolder(
  directory: string,
  entriesMost: number,
): Promise<{ found: WalkedFile[]; problems: FolderProblem[] }> {
  const found: WalkedFile[] = []
  const problems: FolderProblem[] = []
  const folders: { name: string | null; depth: number }[] = [{ name: null, depth: 0 }]
  for (const { name: parent, depth } of folders) {
    const listing = await list(join(directory, parent ?? ''))
    if (listing instanceof DefsError) {
      problems.push(problemOf(parent, listing))
      continue
    }
    for (const entry of listing.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = parent === null ? entry.name : `${parent}/${entry.name}`
      const problem = kindProblem(entry, join(directory, name))
      if (problem) problems.push(problemOf(name, problem))
      if (problem) continue
      if (found.length === entriesMost)
        return { found, problems: [...problems, tooMany(directory, entriesMost)] }
      found.push({ name, type: entry.isDirectory() ? 'folder' : 'file' })
      // One level more than allowed: the names there are refused where names are judged.
      if (entry.isDirectory() && depth <= bounds.depth) folders.push({ name, depth: depth + 1 })
    }
  }
  return { found, problems }
}

function tooMany(directory: string, most: number): FolderProblem {
  return problemOf(
    null,
    new DefsError('ARCHIVE_TOO_MANY', `more than ${most} files in ${directory}: look there`),
  )
}

async function list(directory: string): Promise<Dirent[] | DefsError> {
  try {
    return await readdir(directory, { withFileTypes: true })
  } catch (error) {
    return storeError(error, `reading ${directory}`)
  }
}

function kindProblem(entry: Dirent, path: string): DefsError | undefined {
  if (entry.isFile() || entry.isDirectory()) return undefined
  if (entry.isSymbolicLink()) return linkError(path)
  return new DefsError('ARCHIVE_SPECIAL', `${path} is a device, pipe or socket: remove it`, { path })
}

function linkError(path: string, cause?: unknown): DefsError {
  return new DefsError('ARCHIVE_LINK', `${path} is a link: remove it`, { path, cause })
}

/**
 * The content of a regular file. A piece is valid until the next one is asked for.
 * @param pool of the buffers that it is read into: aligned ones for what is only hashed or written
 * @throws ARCHIVE_LINK, ARCHIVE_SPECIAL when it was replaced by one since it was listed; STORE_*; INTERRUPTED
 */
export async function* contentOfFile(
  path: string,
  signal: AbortSignal,
  pool: BufferPool = plainBuffers,
): AsyncGenerator<Buffer> {
  stopIfAborted(signal, 'reading a package')
  const { file, size } = openRegular(path)
  try {
    yield* size <= bounds.smallFile ? piecesNow(file, size, path) : piecesAhead(file, path, signal, pool)
  } finally {
    closeSync(file)
  }
}

/** A small file, without the thread pool: every way through it takes longer than the file. */
function* piecesNow(file: number, size: number, path: string): Generator<Buffer> {
  // A byte more than there should be tells that the file ended.
  const buffer = Buffer.allocUnsafe(size + 1)
  for (;;) {
    const bytesRead = readNow(file, buffer, path)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

/**
 * Shows a regular file piece by piece to who only hashes it, without the thread pool: most of it lies in memory, and every way
 * through the pool takes longer than to copy a piece. Whatever else this thread has to do gets its turn meanwhile.
 * @param see shown each piece, which is valid until it returns
 * @throws as {@link contentOfFile}; what `see` throws
 */
export async function readThrough(
  path: string,
  signal: AbortSignal,
  see: (piece: Buffer) => void,
): Promise<void> {
  const { file } = openRegular(path)
  const buffer = hashBuffers.take()
  const breathe = openBreath()
  try {
    for (;;) {
      stopIfAborted(signal, 'reading a package')
      const bytesRead = readNow(file, buffer, path)
      if (bytesRead === 0) return
      see(buffer.subarray(0, bytesRead))
      const rest = breathe()
      if (rest) await rest
    }
  } finally {
    hashBuffers.give(buffer)
    closeSync(file)
  }
}

const readLater = promisify(read)

async function* piecesAhead(
  file: number,
  path: string,
  signal: AbortSignal,
  pool: BufferPool,
): AsyncGenerator<Buffer> {
  const next = (buffer: Buffer) => {
    const reading = readLater(file, buffer, 0, buffer.length, null).catch((error: unknown) => {
      throw storeError(error, `reading ${path}`)
    })
    // Awaited in its turn; until then a failure must not count as unhandled.
    reading.catch(() => undefined)
    return reading
  }
  const buffers = [pool.take(), pool.take()] as const
  let turn = 1
  let reading = next(buffers[0])
  try {
    for (;;) {
      stopIfAborted(signal, 'reading a package')
      const { bytesRead, buffer } = await reading
      if (bytesRead === 0) {
        // Nobody looks at its last piece any more; of a file that is left midway somebody may.
        // The one that was taken first comes first again.
        for (const one of [buffers[1], buffers[0]]) pool.give(one)
        return
      }
      // The next piece is read while this one is looked at.
      reading = next(buffers[turn++ % 2] ?? buffer)
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await reading.catch(() => undefined)
  }
}

const plainBuffers = new BufferPool(() => Buffer.allocUnsafeSlow(pieceBytes))

/** For files whose bytes nobody looks at one by one. */
export const alignedBuffers: BufferPool = new BufferPool(() => alignedBuffer(pieceBytes))

/** They stay in a core's cache. */
const hashBuffers = new BufferPool(() => alignedBuffer(128 * 1024))

function readNow(file: number, buffer: Buffer, path: string): number {
  try {
    return readSync(file, buffer)
  } catch (error) {
    throw storeError(error, `reading ${path}`)
  }
}

// Windows has neither flag; there the check of the listing has to do.
const carefully = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

function openRegular(path: string): { file: number; size: number } {
  let file: number
  try {
    file = openSync(path, carefully)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ELOOP') throw linkError(path, error)
    throw storeError(error, `reading ${path}`)
  }
  const stats = fstatSync(file)
  if (stats.isFile()) return { file, size: stats.size }
  closeSync(file)
  throw new DefsError('ARCHIVE_SPECIAL', `${path} is no regular file: remove it`, { path })
}
