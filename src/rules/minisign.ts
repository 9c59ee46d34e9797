import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { DefsError } from '../error.ts'
import type { DetachedProof } from './detached.ts'

/**
 * Verifies a signature of minisign over the exact bytes of `content`, and its trusted comment.
 * @throws TRUST_SIGNATURE, TRUST_ALGORITHM; TRUST_CHAIN when none of the pinned keys made it
 */
export function verifyMinisign(
  content: Uint8Array,
  signature: Uint8Array,
  keys: readonly MinisignKey[],
): DetachedProof {
  const read = readMinisignSignature(signature)
  const named = keys.filter(({ id }) => id === read.keyId)
  // Rule: a pinned key. Stops: a good signature by anybody.
  if (named.length === 0) {
    const text = `the signature names key ${read.keyId}, which is not pinned: ask the publisher before you change minisign of the source`
    throw new DefsError('TRUST_CHAIN', text)
  }
  const signed = read.hashed ? createHash('blake2b512').update(content).digest() : content
  const pinned = named.find(({ key }) => verify(null, signed, key, read.signature))
  // Rule: over these bytes. Stops: a changed pack, or one under the signature of another.
  if (!pinned) throw mismatch('the signature does not match: the content or the signature was changed')
  const both = Buffer.concat([read.signature, Buffer.from(read.comment)])
  // Rule: the comment is signed, too. Stops: an old pack under a new time.
  if (!verify(null, both, pinned.key, read.globalSignature))
    throw mismatch('the trusted comment of the signature was changed')
  const name = `minisign key ${pinned.id}`
  return {
    signer: {
      name,
      fingerprint: pinned.fingerprint,
      anchor: name,
      anchorFingerprint: pinned.fingerprint,
      method: `minisign ed25519${read.hashed ? '-blake2b512' : ''}`,
      expired: false,
    },
    signedAt: timestampOf(read.comment),
  }
}

function mismatch(message: string): DefsError {
  return new DefsError('TRUST_SIGNATURE', message)
}

/** A signature of minisign, read and not yet verified. */
export interface MinisignSignature {
  /** Whether the BLAKE2b-512 of the content is signed (`ED`), or the content itself (`Ed`, the older form). */
  readonly hashed: boolean
  /** Of the key that is said to have made it. */
  readonly keyId: string
  readonly signature: Uint8Array
  /** What stands behind `trusted comment: `. */
  readonly comment: string
  /** Over signature and comment. */
  readonly globalSignature: Uint8Array
}

const head = 'untrusted comment: '
const trusted = 'trusted comment: '

/**
 * Reads a `.minisig`: four lines and nothing else.
 * @throws TRUST_SIGNATURE when it is none, TRUST_ALGORITHM for one of another kind
 */
function readMinisignSignature(bytes: Uint8Array): MinisignSignature {
  const lines = decode(bytes)
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
  const [untrusted = '', first = '', comment = '', second = ''] = lines
  // Rule: these four lines, whole. Stops: a second signature or comment that another reader takes for the first.
  if (lines.length !== 4 || !untrusted.startsWith(head) || !comment.startsWith(trusted))
    throw refuseSignature()
  const body = decodeBase64(first)
  const globalSignature = decodeBase64(second)
  if (body?.length !== 74 || globalSignature?.length !== 64) throw refuseSignature()
  const algorithm = body.toString('latin1', 0, 2)
  if (algorithm !== 'Ed' && algorithm !== 'ED') {
    const text = 'the minisign signature is of an unknown algorithm: ask the publisher for Ed25519'
    throw new DefsError('TRUST_ALGORITHM', text)
  }
  return {
    hashed: algorithm === 'ED',
    keyId: keyId(body.subarray(2, 10)),
    signature: body.subarray(10),
    comment: comment.slice(trusted.length),
    globalSignature,
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw refuseSignature(cause)
  }
}

function refuseSignature(cause?: unknown): DefsError {
  return new DefsError('TRUST_SIGNATURE', 'the file is no signature of minisign: it was damaged or changed', {
    cause,
  })
}

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
function keyId(bytes: Uint8Array): string {
  return Buffer.from(bytes).reverse().toString('hex').toUpperCase()
}

/** Base64 in the one form that stands for these bytes; null for any other text. */
function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

function refuseKey(path: string, what: string): DefsError {
  return new DefsError('TRUST_ANCHORS', `${path} ${what}: check minisign of the source`, { path })
}

/**
 * The moment a minisign signature was made, in seconds since 1970: `timestamp:` of its trusted comment. Null when
 * there is none, or more than one to choose from.
 */
export function timestampOf(comment: string): number | null {
  const [first, second] = [...comment.matchAll(/(?<=^|\s)timestamp:(\d{1,12})(?=\s|$)/g)]
  return first && !second ? Number(first[1]) : null
}
