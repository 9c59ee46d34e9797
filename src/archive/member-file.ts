import { constants } from 'node:fs'
import { copyFile, type FileHandle, lstat, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type DigestAlgorithm, type FileDigests, Hashing } from '../digest.ts'
import { watchSpace } from '../disk/free-space.ts'
import { storeError } from '../error.ts'
import { contentOfFile } from './walk.ts'

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
  await writeMember(to, contentOfFile(from, signal), look, reserve)
  return { bytes, sha256: hashing.finish('sha256') ?? '', sha1: hashing.finish('sha1') }
}

async function reflink(from: string, to: string): Promise<boolean> {
  try {
    // Copying would follow a link, and wait at a pipe.
    if (!(await lstat(from)).isFile()) return false
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
  for await (const piece of contentOfFile(path, signal)) {
    bytes += piece.length
    hashing.update(piece)
    see(piece)
  }
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
  const failed = (error: unknown): never => {
    throw storeError(error, `writing ${path}`)
  }
  // 'wx' refuses whatever is there already, links included.
  const file = await open(path, 'wx', 0o600).catch(failed)
  let closed = false
  try {
    for await (const piece of body) {
      watch(piece.length)
      // Settled before `look` may throw, so that no rejection is left behind.
      const written = writeAll(file, piece).then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      look(piece)
      const failure = await written
      if (failure) failed(failure.error)
    }
    closed = true
    await file.close().catch(failed)
  } finally {
    if (!closed) await file.close().catch(() => {})
  }
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesWritten } = await file.write(piece, done, piece.length - done)
    done += bytesWritten
  }
}
