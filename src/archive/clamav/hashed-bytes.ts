import { createHash } from 'node:crypto'
import type { Bytes } from '../bytes.ts'

const pieceBytes = 256 * 1024

/** Bytes that are hashed while they are read. */
export interface HashedBytes extends Bytes {
  /** Reads what nobody asked for and tells the digests, lower-case hexadecimal. Once. */
  finish(): Promise<{ readonly sha256: string; readonly md5: string }>
}

/**
 * Digests of a file on the way, however its reader jumps: every byte is hashed once, in order.
 * @param payload where the part begins that the MD5 is over; the SHA-256 is over all
 */
export function hashedBytes(bytes: Bytes, payload: number): HashedBytes {
  const sha256 = createHash('sha256')
  const md5 = createHash('md5')
  let done = 0

  function see(piece: Buffer): void {
    sha256.update(piece)
    md5.update(piece.subarray(Math.max(0, payload - done)))
    done += piece.length
  }

  async function catchUp(to: number): Promise<void> {
    while (done < to) see(await bytes.read(done, Math.min(pieceBytes, to - done)))
  }

  return {
    size: bytes.size,
    read: async (position, length) => {
      await catchUp(position)
      const piece = await bytes.read(position, length)
      if (position + length > done) see(piece.subarray(done - position))
      return piece
    },
    finish: async () => {
      await catchUp(bytes.size)
      return { sha256: sha256.digest('hex'), md5: md5.digest('hex') }
    },
  }
}
