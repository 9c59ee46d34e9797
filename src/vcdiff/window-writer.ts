import type { FileHandle } from 'node:fs/promises'
import { writeAll } from './file.ts'
import { Pages } from './pages.ts'

/** Writes window after window; one is on its way to the disk while the next one is made. */
export class WindowWriter {
  readonly #file: FileHandle
  readonly #name: string
  /** The room for the next window, and that of the window under way. */
  #free: Buffer = Buffer.alloc(0)
  #taken: Buffer = Buffer.alloc(0)
  #underway: Promise<{ failure: unknown } | null> = Promise.resolve(null)
  /** Bytes handed over so far. */
  bytes = 0

  constructor(file: FileHandle, name: string) {
    this.#file = file
    this.#name = name
  }

  /** Room for the next window, to be given back to {@link write}. */
  lend(length: number): Buffer {
    if (this.#free.length < length) this.#free = Buffer.allocUnsafeSlow(length)
    return this.#free.subarray(0, length)
  }

  /** Starts to write the window lent, once the one before is written. @throws as {@link settle}, of that one */
  async write(window: Buffer): Promise<void> {
    await this.settle()
    // Kept as a value: a rejection must not be without a taker while the next window is made.
    this.#underway = writeAll(this.#file, window, this.bytes, this.#name).then(
      () => null,
      (failure: unknown) => ({ failure }),
    )
    this.bytes += window.length
    const free = this.#taken
    this.#taken = this.#free
    this.#free = free
  }

  /** Waits until everything is written. @throws STORE_FULL, STORE_PERMISSION, STORE_IO */
  async settle(): Promise<void> {
    const ended = await this.#underway
    if (ended !== null) throw ended.failure
  }

  /** What was written so far, for a window that copies from it. */
  async pages(): Promise<Pages> {
    await this.settle()
    return new Pages(this.#file.fd, this.bytes, 'what a patch has made so far')
  }
}
