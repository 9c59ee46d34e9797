import { close, closeSync, constants, lstatSync, openSync, write, writeSync } from 'node:fs'
import { copyFile, link, lstat, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { type DigestAlgorithm, type FileDigests, Hashing } from '../digest.ts'
import { watchSpace } from '../disk/free-space.ts'
import { storeError } from '../error.ts'
import { limits } from '../limits.ts'
import { alignedBuffers, contentOfFile, readThrough } from './walk.ts'

/**
 * Copies a file of a set and takes the digests of the copy on the way: a reflink where the file system has them,
 * else byte by byte in one pass. Never a hard link: one damaged file must not damage two sets.
 * @param algorithms wanted beside SHA-256
 * @throws ARCHIVE_LINK, ARCHIVE_SPECIAL when it is no regular file; STORE_*, also when `to` is there; INTERRUPTED
 */
export async function copyMember(
  from: string,
  to: string,
  algorithms: readonly DigestAlgorithm[],
  signal: AbortSignal,
  reserve = 0,
): Promise<Digested> {
  // What is hashed is the copy, so nothing that happens to the original meanwhile goes unseen.
  if (await reflink(from, to)) return digestMember(to, algorithms, signal)
  const hashing = new Hashing(['sha256', ...algorithms])
  let bytes = 0
  const look = (piece: Uint8Array) => {
    bytes += piece.length
    hashing.update(piece)
  }
  await writeMember(to, contentOfFile(from, signal, alignedBuffers), look, reserve)
  return { bytes, sha256: hashing.finish('sha256') ?? '', sha1: hashing.finish('sha1') }
}

/**
 * Gives a file whose digests were taken as it was written a place in a set, without a second pass over its bytes: under
 * a second name, else as a copy. The caller removes the first name before the set is staged: no two sets share bytes.
 * @param known size and digests as they were when it was written
 * @returns those of what lies in the set now
 * @throws as {@link copyMember}
 */
export async function placeMember(
  from: string,
  to: string,
  known: Digested,
  signal: AbortSignal,
  reserve = 0,
): Promise<Digested> {
  try {
    await link(from, to)
    const stats = await lstat(to)
    if (stats.isFile() && stats.nlink === 2 && stats.size === known.bytes) return known
    await rm(to)
  } catch {
    // Another file system, or one without links; any other reason shows again when the bytes are copied.
  }
  return copyMember(from, to, [], signal, reserve)
}

async function reflink(from: string, to: string): Promise<boolean> {
  try {
    // Copying would follow a link, and wait at a pipe. A small file takes no longer to copy.
    const stats = lstatSync(from)
    if (!stats.isFile() || stats.size <= limits.smallFile) return false
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL)
    return true
  } catch {
    // Most file systems have none; any other reason shows again when the bytes are copied.
    return false
  }
}

/** A file's length and digests. */
export interface Digested extends FileDigests {
  readonly bytes: number
}

/**
 * Hashes one file of a set, piece by piece; links are not followed.
 * @param algorithms wanted beside SHA-256
 * @param see shown each piece; it is valid until the next one
 * @throws ARCHIVE_LINK, ARCHIVE_SPECIAL, STORE_*, INTERRUPTED; what `see` throws
 */
export async function digestMember(
  path: string,
  algorithms: readonly DigestAlgorithm[],
  signal: AbortSignal,
  see: (piece: Buffer) => void = () => undefined,
): Promise<Digested> {
  const hashing = new Hashing(['sha256', ...algorithms])
  let bytes = 0
  await readThrough(path, signal, (piece) => {
    bytes += piece.length
    hashing.update(piece)
    see(piece)
  })
  return { bytes, sha256: hashing.finish('sha256') ?? '', sha1: hashing.finish('sha1') }
}

/**
 * Writes a new file, readable by its owner alone, and shows every piece to `look` while the disk is at work.
 * @param reserve bytes that stay free on the disk meanwhile (`store.reserve`)
 * @throws STORE_FULL, STORE_PERMISSION, STORE_IO, and what `body` and `look` throw
 */
export async function writeMember(
  path: string,
  body: AsyncIterable<Uint8Array>,
  look: (piece: Uint8Array) => void,
  reserve = 0,
): Promise<void> {
  const watch = watchSpace(dirname(path), reserve)
  const file = openNew(path)
  let bytes = 0
  try {
    for await (const piece of body) {
      watch(piece.length)
      bytes += piece.length
      if (bytes <= limits.smallFile) {
        writeNow(file, piece, path)
        look(piece)
        continue
      }
      const written = writeLater(file, piece, path)
      // Settled before `look` may throw: a file that is being written to must not be closed.
      written.catch(() => undefined)
      try {
        look(piece)
      } finally {
        await written.catch(() => undefined)
      }
      await written
    }
  } catch (error) {
    close(file)
    throw error
  }
  await closeWritten(file, bytes, path)
}

function failed(error: unknown, path: string): never {
  throw storeError(error, `writing ${path}`)
}

function openNew(path: string): number {
  try {
    // 'wx' refuses whatever is there already, links included.
    return openSync(path, 'wx', 0o600)
  } catch (error) {
    return failed(error, path)
  }
}

function writeNow(file: number, piece: Uint8Array, path: string): void {
  try {
    for (let done = 0; done < piece.length; ) done += writeSync(file, piece, done)
  } catch (error) {
    failed(error, path)
  }
}

const writeSome = promisify(write)

async function writeLater(file: number, piece: Uint8Array, path: string): Promise<void> {
  try {
    for (let done = 0; done < piece.length; ) {
      const { bytesWritten } = await writeSome(file, piece, done, piece.length - done)
      done += bytesWritten
    }
  } catch (error) {
    failed(error, path)
  }
}

const closeLater = promisify(close)

/** Some file systems write a file out when it is closed, and tell then that they could not. */
async function closeWritten(file: number, bytes: number, path: string): Promise<void> {
  try {
    if (bytes <= limits.smallFile) closeSync(file)
    else await closeLater(file)
  } catch (error) {
    failed(error, path)
  }
}
