/** Bytes of a target window that also stand in the base. */
export interface Copy {
  /** Position in the target window. */
  at: number
  length: number
  /** Position in the base. */
  from: number
}

/** How many bytes of `a` from `at` on are those of `b` from `from` on. */
export function agreeForward(a: Buffer, at: number, b: Buffer, from: number): number {
  const most = Math.min(a.length - at, b.length - from)
  const first = Math.min(most, 32)
  let length = 0
  while (length < first && a[at + length] === b[from + length]) length++
  if (length < first) return length
  // One native comparison of many bytes at a time, then of ever fewer up to the difference.
  let step = 256
  while (length + step <= most && same(a, at + length, b, from + length, step)) {
    length += step
    step = Math.min(step * 2, 65_536)
  }
  for (; step >= 16; step >>= 1) {
    if (length + step <= most && same(a, at + length, b, from + length, step)) length += step
  }
  while (length < most && a[at + length] === b[from + length]) length++
  return length
}

/** How many bytes of `a` just before `at` are those of `b` just before `from`, `most` at the most. */
export function agreeBackward(a: Buffer, at: number, b: Buffer, from: number, most: number): number {
  const limit = Math.min(most, at, from)
  let length = 0
  while (length < limit && a[at - length - 1] === b[from - length - 1]) length++
  return length
}

function same(a: Buffer, at: number, b: Buffer, from: number, length: number): boolean {
  return a.compare(b, from, from + length, at, at + length) === 0
}
