import { readSync } from 'node:fs'
import { DefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'

const pageBytes = 64 * 1024

/** Any part of a file that windows copy from; what they copy piecemeal is read once and kept, up to a bound. */
export class Pages {
  readonly #descriptor: number
  readonly #size: number
  readonly #name: string
  #pages: (Buffer | undefined)[] = []
  #kept = 0
  #loadable = 0

  /** @param size bytes of the file that may be read */
  constructor(descriptor: number, size: number, name: string) {
    this.#descriptor = descriptor
    this.#size = size
    this.#name = name
  }

  /**
   * Takes up the segment of the next window. Without a bound on the pages it may load, one byte of a patch could
   * cost a page. @throws ARCHIVE_CORRUPT when it does not lie inside the file
   */
  beginWindow(start: number, length: number): void {
    if (start + length > this.#size) {
      throw new DefsError('ARCHIVE_CORRUPT', `a patch copies from beyond the end of ${this.#name}`)
    }
    this.#loadable = limits.patchRereads * (Math.ceil(length / pageBytes) + 1)
  }

  /** Copies bytes of the file, from the position `from`, into `to`. */
  copy(from: number, to: Buffer, at: number, length: number): void {
    if (length >= pageBytes) {
      this.#read(to, at, length, from)
      return
    }
    for (let done = 0; done < length; ) {
      const position = from + done
      const page = this.#page(Math.floor(position / pageBytes))
      const offset = position % pageBytes
      const piece = Math.min(length - done, pageBytes - offset)
      copyBytes(page, offset, to, at + done, piece)
      done += piece
    }
  }

  #page(number: number): Buffer {
    return this.#pages[number] ?? this.#load(number)
  }

  #load(number: number): Buffer {
    if (this.#loadable-- === 0) {
      throw new DefsError('ARCHIVE_BOMB_TOTAL', `a patch makes ${this.#name} be read over and over`)
    }
    if (this.#kept * pageBytes >= limits.patchPages) {
      this.#pages = []
      this.#kept = 0
    }
    const start = number * pageBytes
    const page = Buffer.allocUnsafeSlow(Math.min(pageBytes, this.#size - start))
    this.#read(page, 0, page.length, start)
    this.#pages[number] = page
    this.#kept++
    return page
  }

  #read(to: Buffer, at: number, length: number, from: number): void {
    for (let done = 0; done < length; ) {
      const read = this.#readSome(to, at + done, length - done, from + done)
      if (read === 0) throw new DefsError('STORE_IO', `${this.#name} shrank while it was being read`)
      done += read
    }
  }

  #readSome(to: Buffer, at: number, length: number, from: number): number {
    try {
      return readSync(this.#descriptor, to, at, length, from)
    } catch (error) {
      throw storeError(error, `reading ${this.#name}`)
    }
  }
}

/** A call costs more than a few bytes do. */
export function copyBytes(from: Buffer, start: number, to: Buffer, at: number, length: number): void {
  if (length > 24) from.copy(to, at, start, start + length)
  else for (let i = 0; i < length; i++) to[at + i] = from[start + i] ?? 0
}
