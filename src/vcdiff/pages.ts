import { readSync } from 'node:fs'
import { DefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import { BufferPool } from '../thread/buffer-pool.ts'

const pageBytes = 64 * 1024
const pagePool = new BufferPool(() => Buffer.allocUnsafeSlow(pageBytes))

/** Any part of a file that windows copy from; what one copies piecemeal is read once, and kept while those that follow may want it. */
export class Pages {
  readonly #descriptor: number
  readonly #size: number
  readonly #name: string
  #pages: (Buffer | undefined)[] = []
  /** No page before this one is kept. */
  #first = 0
  #kept = 0
  #loadable = 0

  /** @param size bytes of the file that may be read */
  constructor(descriptor: number, size: number, name: string) {
    this.#descriptor = descriptor
    this.#size = size
    this.#name = name
  }

  /**
   * Takes up the segment of the next window; what lies before it is hardly wanted again. Without a bound on the pages it may load, one byte of a patch could
   * cost a page. @throws ARCHIVE_CORRUPT when it does not lie inside the file
   */
  beginWindow(start: number, length: number): void {
    if (start + length > this.#size) {
      throw new DefsError('ARCHIVE_CORRUPT', `a patch copies from beyond the end of ${this.#name}`)
    }
    for (const first = Math.floor(start / pageBytes); this.#first < first; this.#first++)
      this.#drop(this.#first)
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

  /** Keeps nothing of what was read; what is copied next is read anew. */
  release(): void {
    this.#pages.forEach((_, number) => void this.#drop(number))
    this.#pages = []
  }

  #drop(number: number): void {
    const page = this.#pages[number]
    if (page === undefined) return
    this.#pages[number] = undefined
    this.#kept--
    pagePool.give(page)
  }

  #page(number: number): Buffer {
    return this.#pages[number] ?? this.#load(number)
  }

  #load(number: number): Buffer {
    if (this.#loadable-- === 0) {
      throw new DefsError('ARCHIVE_BOMB_TOTAL', `a patch makes ${this.#name} be read over and over`)
    }
    if (this.#kept * pageBytes >= limits.patchPages) this.release()
    const start = number * pageBytes
    const page = pagePool.take()
    this.#read(page, 0, Math.min(pageBytes, this.#size - start), start)
    this.#pages[number] = page
    this.#first = Math.min(this.#first, number)
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
