import { describe, expect, it } from 'vitest'
import { BaseIndex } from '../../src/vcdiff/base-index.ts'
import { findCopies } from '../../src/vcdiff/find-copies.ts'
import { noise } from './workbench.ts'

const old = noise(10_000, 'old')
const find = (base: Buffer, target: Buffer, offset = 0) =>
  findCopies(base, new BaseIndex(base), target, offset)

describe('findCopies', () => {
  it('finds what moved, from its first byte to its last', () => {
    const target = Buffer.concat([noise(77, 'new'), old.subarray(1_234, 2_345), noise(55, 'more')])
    expect(find(old, target)).toEqual([{ at: 77, length: 1_111, from: 1_234 }])
  })

  it('gives up a piece found by chance for a longer one that covers it', () => {
    const base = Buffer.concat([old.subarray(5_000, 5_040), noise(500, 'between'), old])
    expect(find(base, old.subarray(5_000))).toEqual([{ at: 0, length: 5_000, from: 5_540 }])
  })

  it('shortens a piece that a longer one covers in part', () => {
    const base = Buffer.concat([old.subarray(4_900, 5_020), noise(504, 'between'), old.subarray(5_000)])
    expect(find(base, old.subarray(4_900))).toEqual([
      { at: 0, length: 100, from: 0 },
      { at: 100, length: 5_000, from: 624 },
    ])
  })

  it('keeps a piece that is longer than what would cover its end', () => {
    const base = Buffer.concat([old.subarray(0, 4_000), noise(512, 'between'), old.subarray(3_900, 4_100)])
    const [first, second, ...more] = find(base, old.subarray(0, 4_100))
    expect(first).toEqual({ at: 0, length: 4_000, from: 0 })
    expect(second).toEqual({ at: 4_000, length: 100, from: 4_612 })
    expect(more).toEqual([])
  })

  it('goes on behind a change in place, with few bytes at a time', () => {
    const target = Buffer.from(old)
    for (let at = 100; at < 200; at += 10) target[at] = (target[at] ?? 0) ^ 255
    const copies = find(old, target)
    expect(copies.every(({ at, from }) => at === from)).toBe(true)
    expect(copies.reduce((sum, { length }) => sum + length, 0)).toBe(old.length - 10)
  })

  it('goes on where the window before ended', () => {
    expect(find(old, old.subarray(5_000, 5_010), 5_000)).toEqual([{ at: 0, length: 10, from: 5_000 }])
    expect(find(old, old.subarray(5_000, 5_010), 0)).toEqual([])
  })

  it('finds what follows very much that is new, wherever it stands', () => {
    for (let shift = 0; shift < 32; shift++) {
      const added = noise(40_000 + shift, 'much')
      const target = Buffer.concat([added, old.subarray(500, 628 + shift)])
      expect(find(old, target)).toEqual([{ at: added.length, length: 128 + shift, from: 500 }])
    }
  })

  it('never leaves the base, whatever the window before did', () => {
    let found = 0
    // Pieces of the beginning and of the end of the base, which go on beyond it; and where it would go on below 0.
    const targets = [
      old.subarray(0, 40),
      Buffer.concat([old.subarray(-40), old.subarray(0, 40)]),
      Buffer.concat([noise(3, 'new'), old.subarray(-6), noise(3, 'more'), old.subarray(-33)]),
      Buffer.concat([old, old]),
    ]
    for (const target of targets) {
      for (const offset of [-1, -20, 0, old.length - 40, old.length - 3, old.length, old.length + 50]) {
        for (const { at, from, length } of find(old, target, offset)) {
          found += 1
          expect(from).toBeGreaterThanOrEqual(0)
          expect(from + length).toBeLessThanOrEqual(old.length)
          expect(target.subarray(at, at + length).equals(old.subarray(from, from + length))).toBe(true)
        }
      }
    }
    expect(found).toBeGreaterThan(targets.length * 7)
  })
})
