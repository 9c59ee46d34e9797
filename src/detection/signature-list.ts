import { randomBytes } from 'node:crypto'

// Drawn anew by each process: nobody can make lines that only look alike, or names that all meet in one slot.
const [nameSeed = 1, firstSeed = 1, secondSeed = 1, nameKey = 1, firstKey = 1, secondKey = 1] =
  new Int32Array(new Uint8Array(randomBytes(24)).buffer).map((one) => one | 1)

const pageBytes = 1 << 20

/** Most bytes of a name; what is longer names nothing. */
const nameMost = 4096

/**
 * The signatures of one set in the order they were read, in some forty bytes each: the name, and a keyed hash of 64
 * bits of what stands for it.
 */
export class SignatureList {
  #count = 0
  #hash = new Int32Array(1 << 12)
  #first = new Int32Array(1 << 12)
  #second = new Int32Array(1 << 12)
  #at = new Uint32Array(1 << 12)
  #length = new Uint16Array(1 << 12)
  #space = new Uint8Array(1 << 12)
  readonly #pages: DataView[] = []
  #used = pageBytes

  get size(): number {
    return this.#count
  }

  /**
   * @param space names of different spaces, 0 to 255, are different names
   * @param name the name goes from here to `nameEnd`, within the contents or beside them
   * @param from the contents go from here to `to`
   */
  add(space: number, bytes: Buffer, name: number, nameEnd: number, from: number, to: number): void {
    const length = nameEnd - name
    if (length <= 0 || length > nameMost) return
    const view = viewOf(bytes)
    let first = firstSeed
    let second = secondSeed
    for (let at = from; at < to; at += 4) {
      const word = at + 4 <= to ? view.getInt32(at, true) : tailOf(bytes, at, to)
      first = Math.imul(first ^ word, firstKey)
      first ^= first >>> 15
      second = Math.imul(second, secondKey) + word
      second = (second << 13) | (second >>> 19)
    }
    const entry = this.#count
    if (entry === this.#hash.length) this.#grow()
    this.#hash[entry] = hashOfName(space, bytes, name, nameEnd)
    this.#first[entry] = Math.imul(first ^ (to - from), firstKey)
    this.#second[entry] = Math.imul(second ^ (second >>> 16), secondKey)
    this.#space[entry] = space
    this.#length[entry] = length
    this.#at[entry] = this.#keep(view, name, length)
    this.#count += 1
  }

  hashAt(entry: number): number {
    return this.#hash[entry] ?? 0
  }

  firstAt(entry: number): number {
    return this.#first[entry] ?? 0
  }

  secondAt(entry: number): number {
    return this.#second[entry] ?? 0
  }

  spaceAt(entry: number): number {
    return this.#space[entry] ?? 0
  }

  nameAt(entry: number): string {
    return this.bytesAt(entry).toString('latin1')
  }

  bytesAt(entry: number): Buffer {
    const at = this.#at[entry] ?? 0
    const page = this.#pages[Math.floor(at / pageBytes)]
    return page ? Buffer.from(page.buffer, at % pageBytes, this.#length[entry] ?? 0) : Buffer.alloc(0)
  }

  /** Whether one signature here and one there have the same name and the same contents. */
  isAlike(entry: number, other: SignatureList, there: number): boolean {
    return (
      this.#hash[entry] === other.#hash[there] &&
      this.#first[entry] === other.#first[there] &&
      this.#second[entry] === other.#second[there] &&
      this.#length[entry] === other.#length[there] &&
      this.#space[entry] === other.#space[there]
    )
  }

  #keep(from: DataView, name: number, length: number): number {
    if (this.#used + length > pageBytes) {
      this.#pages.push(new DataView(new ArrayBuffer(pageBytes)))
      this.#used = 0
    }
    const page = this.#pages[this.#pages.length - 1]
    const at = this.#used
    let index = 0
    if (!page) return 0
    for (; index + 4 <= length; index += 4) page.setInt32(at + index, from.getInt32(name + index))
    for (; index < length; index += 1) page.setUint8(at + index, from.getUint8(name + index))
    this.#used += length
    return (this.#pages.length - 1) * pageBytes + at
  }

  #grow(): void {
    const size = this.#hash.length * 2
    this.#hash = grown(this.#hash, new Int32Array(size))
    this.#first = grown(this.#first, new Int32Array(size))
    this.#second = grown(this.#second, new Int32Array(size))
    this.#at = grown(this.#at, new Uint32Array(size))
    this.#length = grown(this.#length, new Uint16Array(size))
    this.#space = grown(this.#space, new Uint8Array(size))
  }
}

/** A keyed hash of 64 bits of a name, kept in place of the one before. */
export class NameHash {
  first = 0
  second = 0

  of(space: number, bytes: Buffer, from: number, to: number): void {
    const view = viewOf(bytes)
    let first = nameSeed ^ space
    let second = secondSeed ^ space
    for (let at = from; at < to; at += 4) {
      const word = at + 4 <= to ? view.getInt32(at, true) : tailOf(bytes, at, to)
      first = Math.imul(first ^ word, nameKey)
      first ^= first >>> 15
      second = Math.imul(second, secondKey) + word
      second = (second << 13) | (second >>> 19)
    }
    this.first = Math.imul(first ^ (to - from), firstKey)
    this.second = Math.imul(second ^ (second >>> 16), secondKey)
  }
}

/** The keyed hash of a name. */
export function hashOfName(space: number, bytes: Buffer, from: number, to: number): number {
  const view = viewOf(bytes)
  let hash = nameSeed ^ space
  for (let at = from; at < to; at += 4) {
    const word = at + 4 <= to ? view.getInt32(at, true) : tailOf(bytes, at, to)
    hash = Math.imul(hash ^ word, nameKey)
    hash ^= hash >>> 15
  }
  return hash
}

let viewed: Buffer = Buffer.alloc(0)
let view: DataView = new DataView(new ArrayBuffer(0))

// One block is asked about many times in a row.
function viewOf(bytes: Buffer): DataView {
  if (viewed !== bytes) {
    viewed = bytes
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  return view
}

/** The last bytes of a text that no longer fill a word. */
function tailOf(bytes: Buffer, from: number, to: number): number {
  let word = 0
  for (let at = from; at < to; at += 1) word = (word << 8) | (bytes[at] ?? 0)
  return word
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from)
  return to
}
