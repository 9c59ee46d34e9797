import type { FileHandle } from 'node:fs/promises'
import { DefsError } from '../error.ts'
import { readUpTo } from './file.ts'

const pieceBytes = 256 * 1024

/** Reads a patch from front to back; what is asked for is bounded by what the file still holds. */
export class PatchReader {
  readonly #file: FileHandle
  readonly #size: number
  /** Bytes read and not yet taken. */
  #ready: Buffer = Buffer.alloc(0)
  #position = 0

  constructor(file: FileHandle, size: number) {
    this.#file = file
    this.#size = size
  }

  /** Bytes not yet taken. */
  get left(): number {
    return this.#size - this.#position + this.#ready.length
  }

  /** Up to so many bytes, fewer at the end, which stay to be taken. */
  async peek(length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.left)
    if (this.#ready.length < wanted) await this.#fill(wanted)
    return this.#ready.subarray(0, wanted)
  }

  /** Exactly so many bytes. @throws ARCHIVE_TRUNCATED */
  async take(length: number): Promise<Buffer> {
    if (length > this.left) throw new DefsError('ARCHIVE_TRUNCATED', 'a patch ends inside a window')
    const taken = await this.peek(length)
    this.#ready = this.#ready.subarray(length)
    return taken
  }

  async #fill(wanted: number): Promise<void> {
    const fresh = Math.min(Math.max(wanted - this.#ready.length, pieceBytes), this.#size - this.#position)
    const bytes = Buffer.allocUnsafeSlow(this.#ready.length + fresh)
    this.#ready.copy(bytes)
    const read = await readUpTo(this.#file, bytes.subarray(this.#ready.length), this.#position, 'a patch')
    if (read < fresh) throw new DefsError('STORE_IO', 'a patch shrank while it was being read')
    this.#position += fresh
    this.#ready = bytes
  }
}
