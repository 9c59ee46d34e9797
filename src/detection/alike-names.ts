import { CutLine } from './names-in.ts'
import type { LineForm } from './signature-file.ts'
import { NameHash } from './signature-list.ts'

/** The names of what stands in both of two sets alike, as keyed hashes of 64 bits, eight bytes each. */
export class AlikeNames {
  #count = 0
  #first = new Int32Array(1 << 12)
  #second = new Int32Array(1 << 12)
  readonly #hash = new NameHash()
  readonly #line = new CutLine()

  /** Takes in what whole lines of a block name, from here to there. */
  addLines(space: number, bytes: Buffer, form: LineForm, from: number, to: number): void {
    for (let at = from; at < to; at = this.#line.next) {
      if (this.#line.cut(bytes, form, at, to)) this.add(space, bytes, this.#line.name, this.#line.nameEnd)
    }
  }

  add(space: number, bytes: Buffer, from: number, to: number): void {
    if (this.#count === this.#first.length) this.#grow()
    this.#hash.of(space, bytes, from, to)
    this.#first[this.#count] = this.#hash.first
    this.#second[this.#count] = this.#hash.second
    this.#count += 1
  }

  /** Which of some names are among them, in that order. */
  has(names: readonly { readonly space: number; readonly bytes: Buffer }[]): boolean[] {
    const mask = 2 ** Math.ceil(Math.log2(2 * names.length + 2)) - 1
    const slots = new Int32Array(mask + 1)
    const asked = names.map(({ space, bytes }, index) => {
      this.#hash.of(space, bytes, 0, bytes.length)
      const { first, second } = this.#hash
      let slot = first & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = index + 1
      return { first, second }
    })
    const found = names.map(() => false)
    for (let at = 0; at < this.#count; at += 1) {
      const [first = 0, second = 0] = [this.#first[at], this.#second[at]]
      for (let slot = first & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
        const index = (slots[slot] ?? 0) - 1
        const one = asked[index]
        if (one?.first === first && one.second === second) found[index] = true
      }
    }
    return found
  }

  #grow(): void {
    const [first, second] = [new Int32Array(this.#count * 2), new Int32Array(this.#count * 2)]
    first.set(this.#first)
    second.set(this.#second)
    this.#first = first
    this.#second = second
  }
}
