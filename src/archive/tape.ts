/** Bytes that come one after the other, cut to the lengths the reader asks for. */
export interface Tape {
  /** Exactly so many bytes; fewer only when the tape ends before them. */
  take(length: number): Promise<Buffer>
  /** What is at hand, `most` bytes at the most; empty only at the end. */
  next(most: number): Promise<Buffer>
}

/** A tape over pieces of any length. */
export function tapeOf(pieces: AsyncIterable<Buffer>): Tape {
  const source = pieces[Symbol.asyncIterator]()
  let piece: Buffer = Buffer.alloc(0)

  async function next(most: number): Promise<Buffer> {
    while (piece.length === 0) {
      const { value, done } = await source.next()
      if (done) return Buffer.alloc(0)
      piece = value
    }
    const taken = piece.subarray(0, most)
    piece = piece.subarray(taken.length)
    return taken
  }

  async function take(length: number): Promise<Buffer> {
    const first = await next(length)
    if (first.length === length || first.length === 0) return first
    const parts = [first]
    for (let missing = length - first.length; missing > 0; ) {
      const part = await next(missing)
      if (part.length === 0) break
      parts.push(part)
      missing -= part.length
    }
    return Buffer.concat(parts)
  }

  return { take, next }
}
