import { writeSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { storeError } from '../error.ts'
import { BufferPool } from '../thread/buffer-pool.ts'
import { Pages } from './pages.ts'

/** A window is written in pieces of this size, each while it is in the cache of the processor still. Bytes. */
const pieceBytes = 256 * 1024

/** As our own patches have it: whoever makes larger ones has memory of its own for each file. Bytes. */
const usualWindow = 2 * 1024 * 1024
const windowPool = new BufferPool(() => Buffer.allocUnsafeSlow(usualWindow))

/**
 * Writes window after window, at once: what another thread writes has to come out of the cache of the one that made it, which
 * took twice as long as all of the writing.
 */
export class WindowWriter {
  readonly #file: FileHandle
  readonly #name: string
  #room: Buffer = Buffer.alloc(0)
  /** Bytes written so far. */
  bytes = 0

  constructor(file: FileHandle, name: string) {
    this.#file = file
    this.#name = name
  }

  /** Room for the next window, to be given back to {@link write}. */
  lend(length: number): Buffer {
    if (this.#room.length < length)
      this.#room = length > usualWindow ? Buffer.allocUnsafeSlow(length) : windowPool.take()
    return this.#room.subarray(0, length)
  }

  /** Gives back the room of windows: none is written any more. */
  release(): void {
    if (this.#room.length === usualWindow) windowPool.give(this.#room)
    this.#room = Buffer.alloc(0)
  }

  /**
   * Writes the window lent.
   * @param look shown each piece before it is written
   * @throws STORE_FULL, STORE_PERMISSION, STORE_IO
   */
  write(window: Buffer, look: (piece: Buffer) => void): void {
    for (let from = 0; from < window.length; from += pieceBytes) {
      const piece = window.subarray(from, from + pieceBytes)
      look(piece)
      this.#writeNow(piece)
    }
  }

  #writeNow(piece: Buffer): void {
    try {
      for (let done = 0; done < piece.length; ) {
        const written = writeSync(this.#file.fd, piece, done, piece.length - done, this.bytes)
        done += written
        this.bytes += written
      }
    } catch (error) {
      throw storeError(error, `writing ${this.#name}`)
    }
  }

  /** What was written so far, for a window that copies from it. */
  pages(): Pages {
    return new Pages(this.#file.fd, this.bytes, 'what a patch has made so far')
  }
}
