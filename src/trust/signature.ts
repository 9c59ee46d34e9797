import { createHash, timingSafeEqual } from 'node:crypto'
import { DefsError, describeError, isDefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { checkKey, readDigest, readScheme, type SignatureScheme, verifyWith } from './algorithm.ts'
import type { Anchor } from './anchors.ts'
import type { Signer } from './authentic.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import { type ChainPolicy, findChain } from './chain.ts'
import { type CmsMessage, type CmsSigner, readCms, type SignerIdentifier } from './cms.ts'

/** What a signature is over: bytes, or of a file too large to hold, its SHA-256 in lower-case hexadecimal. */
export type SignedContent = Uint8Array | { readonly sha256: string }

/**
 * Verifies a CMS (PKCS#7) signature in DER over the exact bytes of `content`: every signer in it must verify and
 * must lead to a pinned anchor. Returns the first signer. Detached; content carried inside is accepted only when
 * it is the same bytes.
 * @throws TRUST_SIGNATURE, TRUST_ALGORITHM, TRUST_CHAIN, TRUST_EXPIRED
 */
export function verifySignature(
  content: SignedContent,
  signature: Uint8Array,
  anchors: readonly Anchor[],
  policy: ChainPolicy,
): Signer {
  const { message, certificates } = read(signature)
  // Rule: what was signed is what lies beside it. Stops: a valid signature that carries its own other content.
  if (message.content !== null && !isSame(message.content, bytesOf(content))) {
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
    throw refuse(
      `the signature is not a DER PKCS#7 (CMS) signed-data message${adviceOn(signature, cause)}`,
      cause,
    )
  }
}

/** What to do about a signature that was made by other habits. */
function adviceOn(signature: Uint8Array, cause: unknown): string {
  if (signature.length === 0) return ', but empty'
  const begin = Buffer.from(signature.subarray(0, 512)).toString('latin1').trimStart()
  const convert = (from: string) =>
    `openssl cms -cmsout -inform ${from} -in v.sig -outform DER -out v.sig.der makes DER of it`
  if (begin.startsWith('-----BEGIN PGP')) return ', but one of OpenPGP, which is not judged here'
  if (begin.startsWith('-----BEGIN')) return `, but PEM text: ${convert('PEM')}`
  if (/^(MIME-Version|Content-Type):/im.test(begin)) return `, but an S/MIME message: ${convert('SMIME')}`
  // The indefinite form of a SEQUENCE, as -stream, gpgsm and BouncyCastle write it.
  if (signature[0] === 0x30 && signature[1] === 0x80) return `, but BER: ${convert('DER')}`
  return `: ${describeError(cause)}`
}

function verifySigner(
  content: SignedContent,
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
  // Rule: a bounded number of keys is tried. Stops: dozens of certificates of one name, and all content hashed for each.
  if (named.length > limits.namesakes) throw refuse('the signature carries too many certificates of one name')
  // Several certificates may answer to one name; the signature picks the one whose key made it.
  const certificate = named.find((one) => verifyWith(scheme, one.publicKey, signed, signer.signature))
  if (!certificate) throw refuse('the signature does not match: the content or the signature was changed')
  checkKey(certificate.publicKey, certificate.name)
  if (policy.purpose === 'mail') checkPurpose(certificate)
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
function signedBytes(content: SignedContent, signer: CmsSigner, scheme: SignatureScheme): Uint8Array {
  if (signer.attributes) {
    // Rule: messageDigest is that of the content. Stops: signed attributes moved to another file's content.
    const actual = digestOf(content, scheme)
    if (!isSame(actual, signer.attributes.messageDigest)) {
      throw refuse(
        `the content is not what was signed: its digest differs${binaryHint(content, signer.attributes, scheme)}`,
      )
    }
    return signer.attributes.encoded
  }
  // Rule: content signed directly does not begin as a SET. Stops: somebody's signed attributes, presented as if
  // they were the content of a signature without attributes.
  const bytes = bytesOf(content)
  if (bytes[0] === 0x31) throw refuse('content of this form must be signed by way of attributes')
  return bytes
}

/** openssl signs another text than it is given unless it is told not to: lines end in CR LF there. */
function binaryHint(
  content: SignedContent,
  { messageDigest }: NonNullable<CmsSigner['attributes']>,
  { digest }: SignatureScheme,
): string {
  if (!(content instanceof Uint8Array)) return ''
  const lines = Buffer.from(content).toString('latin1').replace(/\r?\n/g, '\r\n')
  const canonical = createHash(digest).update(Buffer.from(lines, 'latin1')).digest()
  return isSame(canonical, messageDigest)
    ? '; it was signed with its line ends changed: sign with -binary'
    : ''
}

function digestOf(content: SignedContent, { digest }: SignatureScheme): Uint8Array {
  if (content instanceof Uint8Array) return createHash(digest).update(content).digest()
  if (digest === 'sha256') return Buffer.from(content.sha256, 'hex')
  throw new DefsError('TRUST_ALGORITHM', `a signature of this kind rests on SHA-256, not on ${digest}`)
}

function bytesOf(content: SignedContent): Uint8Array {
  if (content instanceof Uint8Array) return content
  throw refuse('a signature of this kind is detached and has signed attributes')
}

/** Rule: RFC 8550 4.4.2 and 4.4.4, as `openssl smime -verify`. Stops: the key of a web server signing files. */
function checkPurpose(certificate: Certificate): void {
  if (certificate.mayMail) return
  const message = `'${certificate.name}' is no certificate for signing mail or files: check trust.anchors`
  throw new DefsError('TRUST_CHAIN', message)
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
