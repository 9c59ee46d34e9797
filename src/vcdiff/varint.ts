/** Bytes that {@link writeVarint} takes for a value (RFC 3284, section 2: seven bits a byte, the first highest). */
export function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++
  return length
}

/** Writes `value` at `at`, the last byte being the one without the high bit; returns the position behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  const length = varintLength(value)
  let rest = value
  for (let i = length - 1; i >= 0; i--) {
    bytes[at + i] = (rest % 128) | (i === length - 1 ? 0 : 128)
    rest = Math.floor(rest / 128)
  }
  return at + length
}
