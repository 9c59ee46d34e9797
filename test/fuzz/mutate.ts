/** Numbers from a seed, the same on every machine. */
export interface Chance {
  /** A whole number from 0 up to, and without, `below`. */
  below(below: number): number
}

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0 || 1
  return {
    below(below) {
      // xorshift of 32 bits.
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      state >>>= 0
      return below <= 0 ? 0 : state % below
    },
  }
}

const numbers = [
  '0',
  '-1',
  '1',
  '255',
  '65536',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '1e999',
  'NaN',
]
const bytes = [0x00, 0x01, 0x0a, 0x0d, 0x20, 0x22, 0x2e, 0x2f, 0x3a, 0x5b, 0x5c, 0x5d, 0x7f, 0x80, 0xc0, 0xff]
const largest = 256 * 1024

/** One of the seeds, changed in up to eight places; now and then joined with another one. */
export function mutate(seeds: readonly Buffer[], words: readonly string[], chance: Chance): Buffer {
  let text = pick(seeds, chance) ?? Buffer.alloc(0)
  for (let left = 1 + chance.below(8); left > 0; left--) text = change(text, seeds, words, chance)
  return text.subarray(0, largest)
}

function pick<T>(from: readonly T[], chance: Chance): T | undefined {
  return from[chance.below(from.length)]
}

function change(text: Buffer, seeds: readonly Buffer[], words: readonly string[], chance: Chance): Buffer {
  const at = chance.below(text.length + 1)
  const end = Math.min(text.length, at + 1 + chance.below(chance.below(4) === 0 ? 256 : 8))
  const put = (between: Uint8Array, to = end) =>
    Buffer.concat([text.subarray(0, at), between, text.subarray(to)])
  switch (chance.below(10)) {
    case 0:
      return flip(text, at, chance)
    case 1:
      return put(Buffer.of(pick(bytes, chance) ?? 0), at + 1)
    case 2:
      return put(Buffer.alloc(0))
    case 3:
      return put(Buffer.of(pick(bytes, chance) ?? 0), at)
    case 4:
      // The same again, up to some hundred times.
      return put(Buffer.concat(Array.from({ length: 1 + chance.below(200) }, () => text.subarray(at, end))))
    case 5:
      return put(Buffer.from(pick(words, chance) ?? ''), chance.below(2) === 0 ? at : end)
    case 6:
      return put(Buffer.from(pick(numbers, chance) ?? ''), end)
    case 7:
      return text.subarray(0, at)
    case 8: {
      const other = pick(seeds, chance) ?? text
      return put(other.subarray(chance.below(other.length)))
    }
    default:
      return put(Buffer.from(Array.from({ length: end - at }, () => chance.below(256))))
  }
}

function flip(text: Buffer, at: number, chance: Chance): Buffer {
  if (at >= text.length) return text
  const copy = Buffer.from(text)
  copy[at] = (copy[at] ?? 0) ^ (1 << chance.below(8))
  return copy
}
