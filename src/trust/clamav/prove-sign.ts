import { DefsError, isDefsError } from '../../error.ts'
import type { Signer } from '../authentic.ts'
import { verifySignature } from '../signature.ts'
import type { ClamavTrust, SignProof } from './clamav-trust.ts'
import { readSignFile } from './sign-file.ts'

/** The functionality level we read `.sign` files with: that of ClamAV 1.5, which brought them. */
const level = 230

/**
 * Judges the `.sign` of a file by policy. One that is there and can be judged must be good: there is no way back
 * to the legacy keys, or anybody could force it by spoiling the `.sign`.
 * @param file for messages
 * @param sha256 of the whole file, lower-case hexadecimal
 * @param sign the bytes of its `.sign`; null when there is none
 * @throws TRUST_ANCHORS, TRUST_SIGNATURE_MISSING by policy; TRUST_SIGNATURE, TRUST_CHAIN, TRUST_EXPIRED,
 *   TRUST_ALGORITHM for a bad one
 */
export function proveSign(
  file: string,
  sha256: string,
  sign: Uint8Array | null,
  trust: ClamavTrust,
): SignProof {
  if (trust.roots.length === 0 && trust.sign === 'require') {
    throw new DefsError(
      'TRUST_ANCHORS',
      `.sign files are required, but no root to judge them by is pinned (for ${file}): name ClamAV's root certificate`,
    )
  }
  if (sign === null) {
    if (trust.sign === 'prefer') return { method: 'legacy', unjudged: false, signer: null }
    // Rule: required is required. Stops: taking the .sign away to be judged by the old keys alone.
    throw new DefsError(
      'TRUST_SIGNATURE_MISSING',
      `${file} has no .sign file: use a mirror that carries them`,
    )
  }
  if (trust.roots.length === 0) return { method: 'legacy', unjudged: true, signer: null }
  const signer = firstGood(readSignFile(sign, level), sha256, trust)
  return { method: 'pkcs7', unjudged: false, signer }
}

/** One good signature is enough: while roots change, a file carries one of each. */
function firstGood(signatures: readonly Uint8Array[], sha256: string, { roots, now }: ClamavTrust): Signer {
  let refusal: DefsError | null = null
  for (const signature of signatures) {
    try {
      const policy = { now, expired: 'refuse', allowSha1: false, purpose: 'mail' } as const
      return verifySignature({ sha256 }, signature, roots, policy)
    } catch (error) {
      if (!isDefsError(error)) throw error
      refusal ??= error
    }
  }
  throw refusal ?? new DefsError('BUG', 'neither proved nor refused')
}
