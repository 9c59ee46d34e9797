import { DefsError } from '../error.ts'
import type { Signer, Trust } from '../trust/authentic.ts'
import { readCms } from '../trust/cms.ts'
import { verifySignature } from '../trust/signature.ts'

const pem = /^\s*-----BEGIN (PKCS7|CMS)-----([A-Za-z0-9+/=\s]+)-----END \1-----\s*$/

/**
 * Verifies a detached PKCS#7 signature, in DER or PEM, over the exact bytes of `content` by the pinned anchors.
 * @throws TRUST_SIGNATURE, TRUST_ALGORITHM, TRUST_CHAIN, TRUST_EXPIRED
 */
export function verifyDetached(content: Uint8Array, signature: Uint8Array, trust: Trust): DetachedProof {
  const body = pem.exec(Buffer.from(signature).toString('latin1'))?.[2]
  const der = body === undefined ? signature : Buffer.from(body, 'base64')
  if (trust.anchors.length === 0)
    throw new DefsError(
      'TRUST_ANCHORS',
      'nothing is pinned that a signature could lead to: set trust.anchors',
    )
  const signer = verifySignature(content, der, trust.anchors, { ...trust.policy, now: trust.now })
  return { signer, signedAt: signingTimeOf(der) }
}

/** Of several signers the earliest; null unless all of them say. The signature is verified already. */
function signingTimeOf(der: Uint8Array): number | null {
  const moments = readCms(der).signers.map(
    ({ attributes }) => attributes?.signingTime?.getTime() ?? Number.NaN,
  )
  const earliest = Math.floor(Math.min(...moments) / 1000)
  return Number.isNaN(earliest) ? null : earliest
}

/** Who vouches for a file by a signature beside it. */
export interface DetachedProof {
  readonly signer: Signer
  /** When it was signed, as the signature itself says; seconds since 1970, null when it does not. */
  readonly signedAt: number | null
}
