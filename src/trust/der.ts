const constructedTypes = new Set([16, 17]) // SEQUENCE, SET

/**
 * Whether `bytes` is exactly one element in distinguished encoding, as far as structure goes: definite lengths
 * in their shortest form, no multi-byte tags, strings in one piece, nothing behind the end, at most `depth`
 * elements inside each other. Other encodings are where two parsers come to read one signature differently.
 */
export function isStrictDer(bytes: Uint8Array, depth: number): boolean {
  return elementEnd(bytes, 0, bytes.length, depth) === bytes.length
}

/** Offset behind the element at `start`; -1 when it is no strict DER or passes `limit`. */
function elementEnd(bytes: Uint8Array, start: number, limit: number, depth: number): number {
  const tag = bytes[start]
  if (tag === undefined || start + 2 > limit || depth === 0 || (tag & 0x1f) === 0x1f) return -1
  const constructed = (tag & 0x20) !== 0
  const universal = (tag & 0xc0) === 0
  if (universal && constructed !== constructedTypes.has(tag & 0x1f)) return -1
  const body = readLength(bytes, start + 1, limit)
  if (body === null || body.end > limit) return -1
  if (!constructed) return body.end
  let at = body.start
  while (at < body.end) {
    at = elementEnd(bytes, at, body.end, depth - 1)
    if (at === -1) return -1
  }
  return body.end
}

function readLength(bytes: Uint8Array, at: number, limit: number): { start: number; end: number } | null {
  const first = bytes[at] ?? 0x80
  if (first < 0x80) return { start: at + 1, end: at + 1 + first }
  const count = first & 0x7f
  // 0x80 alone is the indefinite form; four bytes are far beyond any signature.
  if (count === 0 || count > 4 || at + 1 + count > limit) return null
  let length = 0
  for (const byte of bytes.subarray(at + 1, at + 1 + count)) length = length * 256 + byte
  const shortest = length >= 0x80 && length >= 256 ** (count - 1)
  if (!shortest) return null
  return { start: at + 1 + count, end: at + 1 + count + length }
}
