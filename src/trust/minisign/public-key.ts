import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { DefsError } from '../../error.ts'

/** A pinned public key of minisign. */
export interface MinisignKey {
  /** As minisign prints it: 16 hexadecimal digits. Names the key, and proves nothing. */
  readonly id: string
  readonly key: KeyObject
  /** SHA-256 of the key's 32 bytes, lower-case hexadecimal. */
  readonly fingerprint: string
}

/**
 * Reads the public keys of a text: each is a line of base64 (`Ed`, 8 bytes of id, 32 bytes of key), perhaps under an
 * untrusted comment. Several may stand below each other, so that a publisher's next key can be pinned beforehand.
 * @param path where the text comes from, for messages
 * @throws TRUST_ANCHORS when there is none, or a line that is none
 */
export function readMinisignKeys(text: string, path: string): readonly MinisignKey[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('untrusted comment:'))
  const keys = lines.map((line) => {
    const bytes = decodeBase64(line)
    if (bytes?.length === 42 && bytes.toString('latin1', 0, 2) === 'Ed') return keyOf(bytes)
    throw refuseKey(path, 'has a line that is no public key of minisign')
  })
  if (keys.length === 0) throw refuseKey(path, 'holds no public key of minisign')
  return keys
}

function keyOf(bytes: Buffer): MinisignKey {
  const raw = bytes.subarray(10)
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }
  return {
    id: keyId(bytes.subarray(2, 10)),
    key: createPublicKey({ key: jwk, format: 'jwk' }),
    fingerprint: createHash('sha256').update(raw).digest('hex'),
  }
}

/** The eight bytes of a key's id as minisign prints them: a little-endian number. */
export function keyId(bytes: Uint8Array): string {
  return Buffer.from(bytes).reverse().toString('hex').toUpperCase()
}

/** Base64 in the one form that stands for these bytes; null for any other text. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

function refuseKey(path: string, what: string): DefsError {
  return new DefsError('TRUST_ANCHORS', `${path} ${what}: check minisign of the source`, { path })
}
