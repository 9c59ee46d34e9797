import { align } from './align.ts'
import type { AlikeNames } from './alike-names.ts'
import { hashOfName, type SignatureList } from './signature-list.ts'

/** What became of a name from one set to the other. */
export interface NameChange {
  readonly name: string
  readonly space: number
  readonly fate: 'added' | 'removed' | 'changed'
}

const inBefore = 1
const inAfter = 2
const inBoth = inBefore | inAfter

/**
 * Compares the names of two lists: what is alike and in one order is paired off, and the rest goes into a table by
 * name. Signatures of one name are one thing, whatever their order; names are compared letter by letter.
 */
export class NameComparison {
  readonly #lists: readonly [SignatureList, SignatureList]
  /** Row + 1 of a name; 0 where there is none. */
  readonly #slots: Int32Array
  /** Where the name of a row stands: its entry in one of the lists. */
  readonly #entry: Int32Array
  readonly #list: Uint8Array
  readonly #sides: Uint8Array
  /** What the set after has beyond the one before: zero when they are alike. */
  readonly #first: Int32Array
  readonly #second: Int32Array
  #rows = 0

  constructor(before: SignatureList, after: SignatureList) {
    this.#lists = [before, after]
    const paired = align(before, after)
    const left = [paired.before, paired.after].map((flags) => flags.reduce((sum, flag) => sum + 1 - flag, 0))
    const most = (left[0] ?? 0) + (left[1] ?? 0)
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * most + 2)))
    this.#entry = new Int32Array(most)
    this.#list = new Uint8Array(most)
    this.#sides = new Uint8Array(most)
    this.#first = new Int32Array(most)
    this.#second = new Int32Array(most)
    for (const [list, flags] of [paired.before, paired.after].entries())
      for (let entry = 0; entry < flags.length; entry += 1) if (flags[entry] === 0) this.#takeIn(list, entry)
    if (this.hasOneSided)
      for (let entry = 0; entry < before.size; entry += 1)
        if (paired.before[entry] === 1) this.#seePaired(before, entry)
  }

  /** Whether a name is in one of the lists only. */
  get hasOneSided(): boolean {
    return this.#sides.subarray(0, this.#rows).some((sides) => sides !== inBoth)
  }

  /** Takes note that a name stands in what both sets have as well. */
  seeInBoth(space: number, bytes: Buffer, from: number, to: number): void {
    const row = this.#rowOf(hashOfName(space, bytes, from, to), space, bytes, from, to)
    if (row >= 0) this.#sides[row] = inBoth
  }

  /** Takes note of the names of what both sets have alike. */
  seeAlike(alike: AlikeNames): void {
    const rows: number[] = []
    for (let row = 0; row < this.#rows; row += 1) if (this.#sides[row] !== inBoth) rows.push(row)
    const found = alike.has(
      rows.map((row) => {
        const [list, entry] = this.#placeOf(row)
        return { space: list.spaceAt(entry), bytes: list.bytesAt(entry) }
      }),
    )
    for (const [index, row] of rows.entries()) if (found[index]) this.#sides[row] = inBoth
  }

  /** The names that are not alike in both sets. */
  *changes(): Generator<NameChange> {
    for (let row = 0; row < this.#rows; row += 1) {
      const sides = this.#sides[row]
      if (sides === inBoth && this.#first[row] === 0 && this.#second[row] === 0) continue
      const [list, entry] = this.#placeOf(row)
      const fate = sides === inBefore ? 'removed' : sides === inAfter ? 'added' : 'changed'
      yield { name: list.nameAt(entry), space: list.spaceAt(entry), fate }
    }
  }

  #takeIn(side: number, entry: number): void {
    const list = this.#lists[side] ?? this.#lists[0]
    const bytes = list.bytesAt(entry)
    const [hash, space] = [list.hashAt(entry), list.spaceAt(entry)]
    let row = this.#rowOf(hash, space, bytes, 0, bytes.length)
    if (row < 0) {
      row = this.#rows
      this.#entry[row] = entry
      this.#list[row] = side
      this.#slots[this.#freeSlot(hash)] = row + 1
      this.#rows += 1
    }
    const sign = side === 0 ? -1 : 1
    this.#sides[row] = (this.#sides[row] ?? 0) | (side === 0 ? inBefore : inAfter)
    this.#first[row] = (this.#first[row] ?? 0) + sign * list.firstAt(entry)
    this.#second[row] = (this.#second[row] ?? 0) + sign * list.secondAt(entry)
  }

  #seePaired(list: SignatureList, entry: number): void {
    // Nearly all of them are not in the table, which the slot alone tells.
    if (this.#slots[list.hashAt(entry) & (this.#slots.length - 1)] === 0) return
    const bytes = list.bytesAt(entry)
    const row = this.#rowOf(list.hashAt(entry), list.spaceAt(entry), bytes, 0, bytes.length)
    if (row >= 0) this.#sides[row] = inBoth
  }

  #rowOf(hash: number, space: number, bytes: Buffer, from: number, to: number): number {
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const row = (this.#slots[slot] ?? 0) - 1
      if (row < 0) return -1
      const [list, entry] = this.#placeOf(row)
      if (list.hashAt(entry) !== hash || list.spaceAt(entry) !== space) continue
      const name = list.bytesAt(entry)
      if (bytes.compare(name, 0, name.length, from, to) === 0) return row
    }
  }

  #freeSlot(hash: number): number {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    return slot
  }

  #placeOf(row: number): [SignatureList, number] {
    return [this.#lists[this.#list[row] ?? 0] ?? this.#lists[0], this.#entry[row] ?? 0]
  }
}
