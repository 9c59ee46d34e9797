import type { PublicNumbers } from './keys.ts'

// Not the order of base64, and the first digit is the least one.
const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/'
const digits = new Map([...alphabet].map((letter, value) => [letter, BigInt(value)]))

/** A 2048-bit number needs 342 letters; ClamAV reads no more than this. */
const lettersMost = 350

/**
 * What a signature in ClamAV's alphabet states: the number in it, raised to the key's exponent, big endian in
 * `length` bytes. Null for a text that is no signature, or a result that needs more bytes.
 */
export function openSignature(text: string, key: PublicNumbers, length: number): Buffer | null {
  const number = decode(text)
  // Rule: below the modulus. Stops: a second text for one signature, made by adding the modulus.
  if (number === null || number >= key.modulus) return null
  const hex = power(number, key).toString(16)
  return hex.length > length * 2 ? null : Buffer.from(hex.padStart(length * 2, '0'), 'hex')
}

function decode(text: string): bigint | null {
  if (text === '' || text.length > lettersMost) return null
  let number = 0n
  for (let at = text.length - 1; at >= 0; at -= 1) {
    const digit = digits.get(text.charAt(at))
    if (digit === undefined) return null
    number = number * 64n + digit
  }
  return number
}

/** Square and multiply; exponents are public, so its time may tell them. */
function power(base: bigint, { modulus, exponent }: PublicNumbers): bigint {
  let result = 1n
  let square = base % modulus
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}
