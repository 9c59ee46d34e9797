import { createHash } from 'node:crypto'
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

const blockBytes = 256
const hashBytes = 32
const saltBytes = 32
const maskedBytes = blockBytes - hashBytes - 1
const saltAt = maskedBytes - saltBytes

/**
 * Whether `signature` (in ClamAV's alphabet) is one by `key` over `signed`: RSA-PSS (RFC 8017 9.1.2) with SHA-256,
 * a salt of 32 bytes and always a block of 2047 bits.
 *
 * Not left to node:crypto: the vendor's keys have 2047 bits, for which the RFC has a block of 2046; where ClamAV
 * clears one bit it demands two, and half of all genuine signatures would be refused.
 */
export function isPssSignature(signature: string, signed: Uint8Array, key: PublicNumbers): boolean {
  const block = openSignature(signature, key, blockBytes)
  if (block?.[blockBytes - 1] !== 0xbc) return false
  const hash = block.subarray(maskedBytes, maskedBytes + hashBytes)
  const data = unmask(block.subarray(0, maskedBytes), hash)
  data[0] = (data[0] ?? 0) & 0x7f
  // Rule: every byte before the salt is fixed. Stops: room for an attacker to look for a block in.
  const fixed = Buffer.alloc(saltAt)
  fixed[saltAt - 1] = 1
  if (!data.subarray(0, saltAt).equals(fixed)) return false
  const content = createHash('sha256').update(signed).digest()
  const again = createHash('sha256').update(Buffer.alloc(8)).update(content).update(data.subarray(saltAt))
  return again.digest().equals(hash)
}

/** MGF1 with SHA-256. */
function unmask(masked: Buffer, seed: Buffer): Buffer {
  const data = Buffer.alloc(masked.length)
  const counter = Buffer.alloc(4)
  for (let at = 0; at < data.length; at += hashBytes) {
    counter.writeUInt32BE(at / hashBytes)
    const mask = createHash('sha256').update(seed).update(counter).digest()
    const end = Math.min(at + hashBytes, data.length)
    for (let byte = at; byte < end; byte += 1) data[byte] = (masked[byte] ?? 0) ^ (mask[byte - at] ?? 0)
  }
  return data
}
