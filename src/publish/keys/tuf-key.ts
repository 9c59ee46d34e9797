import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { Key, Signature } from '@tufjs/models'

/** A key that signs metadata. */
export interface TufSigner {
  readonly key: Key
  readonly sign: (bytes: Buffer) => Signature
}

/** The public half of a key as metadata names it. Ed25519 as raw hexadecimal, ECDSA as PEM: what every client reads. */
export function tufKey(key: KeyObject): Key {
  const half = key.type === 'private' ? createPublicKey(key) : key
  const edwards = half.asymmetricKeyType === 'ed25519'
  const keyType = edwards ? 'ed25519' : 'ecdsa'
  const scheme = edwards ? 'ed25519' : 'ecdsa-sha2-nistp256'
  const value = edwards ? rawHex(half) : half.export({ type: 'spki', format: 'pem' }).toString()
  return new Key({ keyID: idOf(keyType, scheme, value), keyType, scheme, keyVal: { public: value } })
}

/** A signer over a private key. */
export function tufSigner(privateKey: KeyObject): TufSigner {
  const key = tufKey(privateKey)
  const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  return {
    key,
    sign: (bytes) =>
      new Signature({ keyID: key.keyID, sig: sign(digest, bytes, privateKey).toString('hex') }),
  }
}

function rawHex(key: KeyObject): string {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex')
}

// SHA-256 of the key's canonical JSON, whose members are sorted by name (TUF specification 4.2).
function idOf(keytype: string, scheme: string, value: string): string {
  // Canonical JSON escapes only quotes and backslashes; a PEM text has neither, but line ends stay as they are.
  const text = `{"keytype":"${keytype}","keyval":{"public":"${value}"},"scheme":"${scheme}"}`
  return createHash('sha256').update(text).digest('hex')
}
