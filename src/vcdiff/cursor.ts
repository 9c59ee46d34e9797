import { DefsError, type ErrorCode } from '../error.ts'

/** Padded with leading zeros, an integer could go on for ever; 64 bits need ten bytes. */
const mostVarintBytes = 10

/** Reads bytes and integers one after the other, and never beyond its end. */
export class Cursor {
  readonly bytes: Buffer
  readonly #atEnd: ErrorCode
  at = 0

  /** @param atEnd the code to fail with when more is asked for than there is */
  constructor(bytes: Buffer, atEnd: ErrorCode = 'ARCHIVE_CORRUPT') {
    this.bytes = bytes
    this.#atEnd = atEnd
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  byte(): number {
    const byte = this.bytes[this.at]
    if (byte === undefined) throw this.#end()
    this.at++
    return byte
  }

  /** An integer of RFC 3284. @throws ARCHIVE_CORRUPT above `most` */
  varint(most: number): number {
    let value = 0
    for (let i = 0; i < mostVarintBytes; i++) {
      const byte = this.byte()
      value = value * 128 + (byte & 127)
      if (value > most) break
      if (byte < 128) return value
    }
    throw new DefsError('ARCHIVE_CORRUPT', 'a patch holds an integer that is out of bounds')
  }

  /** The next so many bytes, not copied. */
  take(length: number): Buffer {
    if (length > this.left) throw this.#end()
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  #end(): DefsError {
    return new DefsError(this.#atEnd, 'a patch, or a section of it, ends too early')
  }
}
