import { createHash, verify } from 'node:crypto'
import { DefsError } from '../../error.ts'
import { timestampOf } from '../../trusted-comment.ts'
import type { DetachedProof } from '../detached-proof.ts'
import type { MinisignKey } from './public-key.ts'
import { readMinisignSignature } from './signature.ts'

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
