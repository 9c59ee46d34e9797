import type { FileHandle } from 'node:fs/promises'

/** So much is gathered before it is written. Bytes. */
const gathered = 1 << 20

/** A file that is written from its beginning to its end, in large pieces; what was written can be set right. */
export class ZipOutput {
  readonly #file: FileHandle
  /** What is not written yet, and where it begins. */
  #pending: Buffer[] = []
  #from = 0
  /** Where the next bytes come. */
  position = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** Adds bytes, which must stay what they are until they are set right. */
  async add(bytes: Buffer): Promise<void> {
    this.#pending.push(bytes)
    this.position += bytes.length
    if (this.position - this.#from >= gathered) await this.flush()
  }

  /** Puts `bytes` in the place of as many that were added at `position`. */
  async amend(position: number, added: Buffer, bytes: Buffer): Promise<void> {
    if (position >= this.#from) bytes.copy(added)
    else await writeAll(this.#file, bytes, position)
  }

  /** Takes back everything from `position` on. */
  async rewind(position: number): Promise<void> {
    await this.flush()
    this.#from = position
    this.position = position
  }

  /** Writes what is gathered. */
  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending)
    this.#pending = []
    await writeAll(this.#file, bytes, this.#from)
    this.#from = this.position
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}
