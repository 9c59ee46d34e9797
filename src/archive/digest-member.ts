import { type DigestAlgorithm, type FileDigests, Hashing } from '../digest.ts'
import { contentOfFile } from './walk.ts'

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
