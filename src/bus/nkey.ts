import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'

/**
 * Public keys as NATS writes them ("nkeys"): one byte for the kind, the 32 bytes of an Ed25519 key, a CRC-16, in
 * base32 without padding. The same key signs reports and opens the connection to the bus. The official library is
 * not used for it here: it verifies in JavaScript, thirty times slower than node:crypto, and 10,000 reports count.
 */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Kind bytes: user, and the seed of a user. */
const userByte = 20 << 3
const seedByte = 18 << 3

const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Makes the key of a host. */
export function makeHostKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey
}

/** The public nkey of a private or public Ed25519 key: `U` and 55 characters more. */
export function publicNkey(key: KeyObject): string {
  const half = key.type === 'private' ? createPublicKey(key) : key
  const raw = half.export({ type: 'spki', format: 'der' }).subarray(-32)
  return withChecksum(Buffer.concat([Buffer.from([userByte]), raw]))
}

/** The seed of a private key as NATS clients want it: `SU…`. A secret. */
export function seedOf(key: KeyObject): string {
  const raw = key.export({ type: 'pkcs8', format: 'der' }).subarray(-32)
  // The kind of the key it is a seed of stands in the three low bits of the first byte and in the second.
  const head = Buffer.from([seedByte | (userByte >> 5), (userByte & 31) << 3])
  return withChecksum(Buffer.concat([head, raw]))
}

/** The private key of a seed; null when it is none. */
export function keyOfSeed(seed: string): KeyObject | null {
  const bytes = checked(seed)
  if (bytes?.length !== 34 || ((bytes[0] ?? 0) & 248) !== seedByte) return null
  return createPrivateKey({
    key: Buffer.concat([pkcs8Head, bytes.subarray(2)]),
    format: 'der',
    type: 'pkcs8',
  })
}

/** The key of a public nkey of a user; null when it is none. */
export function keyOfNkey(nkey: string): KeyObject | null {
  const bytes = bytesOfNkey(nkey)
  if (bytes === null) return null
  // As a JWK: OpenSSL 3 opens DER ten times slower, and then as long as it verifies a report.
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }
  return createPublicKey({ key: jwk, format: 'jwk' })
}

/** Whether a text is the public nkey of a user. */
export function isNkey(nkey: string): boolean {
  return bytesOfNkey(nkey) !== null
}

function bytesOfNkey(nkey: string): Buffer | null {
  const bytes = nkey.length === 56 ? checked(nkey) : null
  return bytes?.length === 33 && bytes[0] === userByte ? bytes.subarray(1) : null
}

function withChecksum(bytes: Buffer): string {
  const sum = Buffer.alloc(2)
  sum.writeUInt16LE(crc16(bytes))
  return base32(Buffer.concat([bytes, sum]))
}

function checked(text: string): Buffer | null {
  const bytes = unbase32(text)
  if (bytes === null || bytes.length < 3 || base32(bytes) !== text) return null
  const body = bytes.subarray(0, -2)
  return crc16(body) === bytes.readUInt16LE(body.length) ? body : null
}

function base32(bytes: Buffer): string {
  let out = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    for (; bits >= 5; bits -= 5) out += alphabet[(value >>> (bits - 5)) & 31]
    value &= (1 << bits) - 1
  }
  return bits > 0 ? out + alphabet[(value << (5 - bits)) & 31] : out
}

function unbase32(text: string): Buffer | null {
  const out: number[] = []
  let bits = 0
  let value = 0
  for (const letter of text) {
    const five = alphabet.indexOf(letter)
    if (five < 0) return null
    value = (value << 5) | five
    bits += 5
    if (bits < 8) continue
    bits -= 8
    out.push((value >>> bits) & 255)
    value &= (1 << bits) - 1
  }
  return Buffer.from(out)
}

/** CRC-16/XMODEM: polynomial 0x1021, from 0. */
function crc16(bytes: Buffer): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc
}
