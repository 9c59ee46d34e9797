import { constants } from 'node:fs'
import { copyFile, lstat } from 'node:fs/promises'
import { type DigestAlgorithm, Hashing } from '../digest.ts'
import { type Digested, digestMember } from './digest-member.ts'
import { contentOfFile } from './walk.ts'
import { writeMember } from './write-member.ts'

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
): Promise<Digested> {
  // What is hashed is the copy, so nothing that happens to the original meanwhile goes unseen.
  if (await reflink(from, to)) return digestMember(to, algorithms, signal)
  const hashing = new Hashing(['sha256', ...algorithms])
  let bytes = 0
  await writeMember(to, contentOfFile(from, signal), (piece) => {
    bytes += piece.length
    hashing.update(piece)
  })
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
