import { closeSync, fstatSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { openRegularNow } from '../disk/foreign-file.ts'
import { DefsError, storeError } from '../error.ts'

/** Bytes that can be read at any offset: an archive on disk or in memory. */
export interface Bytes {
  readonly size: number
  /**
   * Exactly `length` bytes from `position` on.
   * @throws ARCHIVE_TRUNCATED when they reach past the end; STORE_* when the disk fails
   */
  read(position: number, length: number): Promise<Buffer>
}

function assertInside(size: number, position: number, length: number): void {
  if (position >= 0 && length >= 0 && position + length <= size) return
  throw new DefsError(
    'ARCHIVE_TRUNCATED',
    `the archive ends at byte ${size}, but goes on to byte ${position + length}: fetch it again`,
  )
}

/** An archive held in memory. */
export function memoryBytes(content: Uint8Array): Bytes {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  return {
    size: buffer.length,
    read: async (position, length) => {
      assertInside(buffer.length, position, length)
      return buffer.subarray(position, position + length)
    },
  }
}

/** Opens a file for as long as `work` takes. @throws STORE_* when it cannot be read, and what `work` throws */
export async function withFileBytes<T>(path: string, work: (bytes: Bytes) => Promise<T>): Promise<T> {
  const file = openRegularNow(path, 0)
  try {
    return await work(new FileBytes(file, path))
  } finally {
    closeSync(file)
  }
}

const readSome = promisify(read)

/** Reads of at most this many bytes come out of one window of the file, since they follow each other mostly. */
const windowBytes = 64 * 1024

class FileBytes implements Bytes {
  readonly size: number
  readonly #file: number
  readonly #path: string
  #window = { from: 0, bytes: Buffer.alloc(0) }

  constructor(file: number, path: string) {
    this.#file = file
    this.#path = path
    this.size = fstatSync(file).size
  }

  async read(position: number, length: number): Promise<Buffer> {
    assertInside(this.size, position, length)
    try {
      return length <= windowBytes ? this.#near(position, length) : await this.#far(position, length)
    } catch (error) {
      throw storeError(error, `reading ${this.#path}`)
    }
  }

  #near(position: number, length: number): Buffer {
    const { from, bytes } = this.#window
    if (position >= from && position + length <= from + bytes.length)
      return bytes.subarray(position - from, position - from + length)
    // Without the thread pool, which takes longer. A new one each time: what was given out is still being used.
    const fresh = Buffer.allocUnsafe(Math.min(windowBytes, this.size - position))
    for (let filled = 0; filled < fresh.length; ) {
      const got = readSync(this.#file, fresh, filled, fresh.length - filled, position + filled)
      filled += this.#some(got, position + filled, length)
    }
    this.#window = { from: position, bytes: fresh }
    return fresh.subarray(0, length)
  }

  async #far(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length)
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await readSome(this.#file, buffer, filled, length - filled, position + filled)
      filled += this.#some(bytesRead, position + filled, length)
    }
    return buffer
  }

  /** The file may be cut while it is read. */
  #some(got: number, at: number, length: number): number {
    if (got === 0) assertInside(at, at, length)
    return got
  }
}
