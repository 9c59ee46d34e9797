/** Bytes that grow: a section of a window while it is made. */
export class ByteSink {
  #bytes: Buffer = Buffer.allocUnsafe(4096)
  /** Bytes put in so far. */
  length = 0

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.length++] = value
  }

  varint(value: number): void {
    this.#room(varintLength(value))
    this.length = writeVarint(this.#bytes, this.length, value)
  }

  /** Appends bytes `start` to `end` of `from`. */
  bytes(from: Buffer, start: number, end: number): void {
    this.#room(end - start)
    from.copy(this.#bytes, this.length, start, end)
    this.length += end - start
  }

  /** Puts another value in the place of the byte put in last. */
  replaceLast(value: number): void {
    this.#bytes[this.length - 1] = value
  }

  /** What was put in, not copied: to be used before anything more is put in. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.length)
  }

  #room(more: number): void {
    if (this.length + more <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.length + more, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.length)
    this.#bytes = larger
  }
}

/** Bytes that {@link writeVarint} takes for a value (RFC 3284, section 2: seven bits a byte, the first highest). */
function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++
  return length
}

/** Writes `value` at `at`, the last byte being the one without the high bit; returns the position behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  const length = varintLength(value)
  let rest = value
  for (let i = length - 1; i >= 0; i--) {
    bytes[at + i] = (rest % 128) | (i === length - 1 ? 0 : 128)
    rest = Math.floor(rest / 128)
  }
  return at + length
}
