import { createHash } from 'node:crypto'

/** The least and the most bytes of a block that is not the last one; some 24 KiB are usual. */
export const leastBlockBytes = 8 * 1024
export const mostBlockBytes = 64 * 1024
/** A block ends where so many of the upper bits of the sum are zero: at one place in 16,384. */
const endBits = 0xfffc_0000 | 0
/** The sum is one of 32 bits, each byte shifted by one: what came 32 bytes before is out of it. */
const remembered = 32

/** What each byte adds to the sum: any numbers do, as long as they stay the same. */
const weights = Int32Array.from({ length: 256 }, (_, byte) =>
  createHash('sha256').update(Uint8Array.of(byte)).digest().readInt32LE(0),
)

/**
 * Finds the end of the block that begins at `from`, by its own bytes alone: two contents that share a part are cut at the
 * same places in it, wherever it lies (a gear hash, as in FastCDC, Xia and others, USENIX ATC 2016).
 * @param over whether the content ends with these bytes
 * @returns null when more bytes are needed to tell
 */
export function endOfBlock(bytes: Uint8Array, from: number, over: boolean): number | null {
  const most = Math.min(from + mostBlockBytes, bytes.length)
  let sum = 0
  for (let at = from + leastBlockBytes - remembered; at < most; at++) {
    sum = ((sum << 1) + (weights[bytes[at] as number] as number)) | 0
    if ((sum & endBits) === 0 && at + 1 >= from + leastBlockBytes) return at + 1
  }
  return most === from + mostBlockBytes || over ? most : null
}
