import { createHash } from 'node:crypto'
import type { PublicNumbers } from './keys.ts'
import { openSignature } from './rsa.ts'

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
