import { createHash, timingSafeEqual } from 'node:crypto'
import { DefsError, isDefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { checkKey, readDigest, readScheme, type SignatureScheme, verifyWith } from './algorithm.ts'
import type { Anchor } from './anchors.ts'
import type { Signer } from './authentic.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import { type ChainPolicy, findChain } from './chain.ts'
import { type CmsMessage, type CmsSigner, readCms, type SignerIdentifier } from './cms.ts'

/**
 * Verifies a CMS (PKCS#7) signature in DER over the exact bytes of `content`: every signer in it must verify and
 * must lead to a pinned anchor. Returns the first signer. Detached; content carried inside is accepted only when
 * it is the same bytes.
 * @throws TRUST_SIGNATURE, TRUST_ALGORITHM, TRUST_CHAIN, TRUST_EXPIRED
 */
export function verifySignature(
  content: Uint8Array,
  signature: Uint8Array,
  anchors: readonly Anchor[],
  policy: ChainPolicy,
): Signer {
  const { message, certificates } = read(signature)
  // Rule: what was signed is what lies beside it. Stops: a valid signature that carries its own other content.
  if (message.content !== null && !isSame(message.content, content)) {
    throw refuse('the signature carries content of its own, which is not the content beside it')
  }
  try {
    // Rule: every signer counts. Stops: one good signer lending trust to a message that another one altered.
    const [first] = message.signers.map((one) => verifySigner(content, one, certificates, anchors, policy))
    if (first) return first
  } catch (cause) {
    if (isDefsError(cause)) throw cause
    throw refuse('the signature cannot be checked: its parameters make no sense', cause)
  }
  throw refuse('the signature has no signer')
}

function refuse(message: string, cause?: unknown): DefsError {
  return new DefsError('TRUST_SIGNATURE', message, { cause })
}

function read(signature: Uint8Array): { message: CmsMessage; certificates: Certificate[] } {
  if (signature.length > limits.signature) throw refuse(`the signature is over ${limits.signature} bytes`)
  try {
    const message = readCms(signature)
    return { message, certificates: message.certificates.map(readCertificate) }
  } catch (cause) {
    throw refuse('the signature is not a DER PKCS#7 (CMS) signed-data message', cause)
  }
}

function verifySigner(
  content: Uint8Array,
  signer: CmsSigner,
  certificates: readonly Certificate[],
  anchors: readonly Anchor[],
  policy: ChainPolicy,
): Signer {
  const digest = readDigest(signer.digestAlgorithm)
  const scheme = readScheme(signer.signatureAlgorithm, digest, policy.allowSha1)
  const signed = signedBytes(content, signer, scheme)
  const named = certificates.filter((certificate) => isNamed(certificate, signer.identifier))
  if (named.length === 0) {
    throw new DefsError('TRUST_CHAIN', 'the signature does not carry the certificate of its signer')
  }
  // Several certificates may answer to one name; the signature picks the one whose key made it.
  const certificate = named.find((one) => verifyWith(scheme, one.publicKey, signed, signer.signature))
  if (!certificate) throw refuse('the signature does not match: the content or the signature was changed')
  checkKey(certificate.publicKey, certificate.name)
  const chain = findChain(certificate, certificates, anchors, policy)
  return {
    name: certificate.name,
    fingerprint: certificate.fingerprint,
    anchor: chain.anchor.name,
    anchorFingerprint: chain.anchor.fingerprint,
    method: `pkcs7 ${scheme.kind}-${scheme.digest}`,
    expired: chain.expired,
  }
}

/** The bytes the signature is over: the signed attributes, which in turn hold the digest of the content. */
function signedBytes(content: Uint8Array, signer: CmsSigner, scheme: SignatureScheme): Uint8Array {
  if (signer.attributes) {
    // Rule: messageDigest is that of the content. Stops: signed attributes moved to another file's content.
    const actual = createHash(scheme.digest).update(content).digest()
    if (!isSame(actual, signer.attributes.messageDigest)) {
      throw refuse('the content is not what was signed: its digest differs')
    }
    return signer.attributes.encoded
  }
  // Rule: content signed directly does not begin as a SET. Stops: somebody's signed attributes, presented as if
  // they were the content of a signature without attributes.
  if (content[0] === 0x31) throw refuse('content of this form must be signed by way of attributes')
  return content
}

function isNamed(certificate: Certificate, identifier: SignerIdentifier): boolean {
  if ('keyIdentifier' in identifier) {
    return certificate.keyIdentifier !== null && isSame(certificate.keyIdentifier, identifier.keyIdentifier)
  }
  return isSame(certificate.issuer, identifier.issuer) && isSame(certificate.serial, identifier.serial)
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
