/**
 * Buffers that somebody is done with, for whoever comes next in this thread: new ones each time would lie about by the dozen
 * until V8 clears them, and to touch new memory takes longer than to fill it. Held weakly, so that they are cleared once nobody
 * comes.
 */
export class BufferPool {
  readonly #make: () => Buffer
  readonly #spare: WeakRef<Buffer>[] = []

  constructor(make: () => Buffer) {
    this.#make = make
  }

  /** One of them, whatever it holds, or a new one. */
  take(): Buffer {
    for (let spare = this.#spare.pop(); spare; spare = this.#spare.pop()) {
      const buffer = spare.deref()
      if (buffer) return buffer
    }
    return this.#make()
  }

  /** @param buffer that nobody looks at any more */
  give(buffer: Buffer): void {
    this.#spare.push(new WeakRef(buffer))
  }
}
