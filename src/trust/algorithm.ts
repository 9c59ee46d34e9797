import { constants, type KeyObject, verify } from 'node:crypto'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { type DerElement, DerParts, identifierOf, numberOf, soleOf, tags } from './der.ts'

/** An AlgorithmIdentifier (RFC 5280 4.1.1.2). */
export interface Algorithm {
  /** Its object identifier. */
  readonly id: string
  readonly parameters: DerElement | null
}

/** @throws Error when it is none */
export function readAlgorithm(element: DerElement | undefined): Algorithm {
  const parts = new DerParts(element)
  const id = identifierOf(parts.next())
  const parameters = parts.next() ?? null
  parts.end()
  return { id, parameters }
}

/** Digests that a signature may use; SHA-1 only by an explicit option. */
export type SignatureDigest = 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** How a signature is to be checked. */
export interface SignatureScheme {
  readonly kind: 'rsa' | 'rsa-pss' | 'ecdsa'
  readonly digest: SignatureDigest
  /** Bytes of salt, for `rsa-pss` only. */
  readonly saltLength: number
}

const digests: Readonly<Record<string, SignatureDigest>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

const signatures: Readonly<Record<string, readonly ['rsa' | 'ecdsa', SignatureDigest]>> = {
  '1.2.840.113549.1.1.5': ['rsa', 'sha1'],
  '1.2.840.113549.1.1.11': ['rsa', 'sha256'],
  '1.2.840.113549.1.1.12': ['rsa', 'sha384'],
  '1.2.840.113549.1.1.13': ['rsa', 'sha512'],
  '1.2.840.10045.4.1': ['ecdsa', 'sha1'],
  '1.2.840.10045.4.3.2': ['ecdsa', 'sha256'],
  '1.2.840.10045.4.3.3': ['ecdsa', 'sha384'],
  '1.2.840.10045.4.3.4': ['ecdsa', 'sha512'],
}

const rsaEncryption = '1.2.840.113549.1.1.1'
const rsaPss = '1.2.840.113549.1.1.10'
const mgf1 = '1.2.840.113549.1.1.8'
const curves = ['prime256v1', 'secp384r1', 'secp521r1']

function refuse(what: string, wanted = 'a signature with SHA-256 or better'): never {
  throw new DefsError('TRUST_ALGORITHM', `${what}: ask the publisher for ${wanted}`)
}

const wantedKey = 'one made with RSA of 2048 bits or more, or with ECDSA on P-256, P-384 or P-521'

// Known by name, to be refused by it.
const otherAlgorithms: Readonly<Record<string, string>> = {
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
  '1.2.840.10040.4.3': 'DSA',
  '2.16.840.1.101.3.4.3.2': 'DSA',
}

/** @throws TRUST_ALGORITHM for MD5 and anything unknown; SHA-1 is judged by {@link readScheme} */
export function readDigest(algorithm: Algorithm): SignatureDigest {
  const digest = digests[algorithm.id]
  if (!digest || !isPlain(algorithm)) refuse(`digest algorithm ${algorithm.id} is not accepted`)
  return digest
}

/**
 * Reads a signature algorithm. `digest` is what stands beside it in a CMS signer; null for a certificate, whose
 * algorithm names its digest itself.
 * @throws TRUST_ALGORITHM
 */
export function readScheme(
  algorithm: Algorithm,
  digest: SignatureDigest | null,
  allowSha1: boolean,
): SignatureScheme {
  const scheme = schemeOf(algorithm, digest)
  // Rule: SHA-1 is no proof of anything new. Stops: two guards made to collide, one of them signed.
  if (scheme.digest === 'sha1' && !allowSha1) refuse('the signature rests on SHA-1')
  // Rule: both fields name one digest. Stops: a strong digest in the window, a weak one behind it.
  if (digest !== null && scheme.digest !== digest) refuse('digest and signature algorithm disagree')
  return scheme
}

function schemeOf(algorithm: Algorithm, digest: SignatureDigest | null): SignatureScheme {
  const id = algorithm.id
  if (id === rsaPss) return readPss(algorithm)
  if (!isPlain(algorithm)) refuse(`signature algorithm ${id} has unexpected parameters`)
  if (id === rsaEncryption && digest !== null) return { kind: 'rsa', digest, saltLength: 0 }
  const named = signatures[id]
  const other = otherAlgorithms[id]
  if (other !== undefined) refuse(`a signature of ${other} is not accepted`, wantedKey)
  if (!named) refuse(`signature algorithm ${id} is not accepted`)
  return { kind: named[0], digest: named[1], saltLength: 0 }
}

const sha1: Algorithm = { id: '1.3.14.3.2.26', parameters: null }

/** Rule: PSS with MGF1 over the same digest, the only form in use; what is not said is as RFC 4055 3.1 has it. */
function readPss({ parameters }: Algorithm): SignatureScheme {
  if (parameters?.tag !== tags.sequence) refuse('RSA-PSS without parameters')
  const parts = new DerParts(parameters)
  const optional = <T>(number: number, read: (part: DerElement) => T): T | null => {
    const part = parts.optional(tags.context + number)
    return part ? read(soleOf(part, part.tag)) : null
  }
  const digest = readDigest(optional(0, readAlgorithm) ?? sha1)
  const mask = optional(1, readAlgorithm)
  const saltLength = optional(2, numberOf) ?? 20
  const trailer = optional(3, numberOf) ?? 1
  parts.end()
  const masked = mask === null ? sha1 : mask.id === mgf1 ? readAlgorithm(mask.parameters ?? undefined) : null
  if (masked === null || readDigest(masked) !== digest || trailer !== 1)
    refuse('RSA-PSS with parameters out of the ordinary')
  return { kind: 'rsa-pss', digest, saltLength }
}

/** True when an algorithm has no parameters, or NULL for them. */
function isPlain({ parameters }: Algorithm): boolean {
  return parameters === null || (parameters.tag === tags.nothing && parameters.contents.length === 0)
}

/**
 * Rule: RSA of 2048 bits or more, or one of the three NIST curves. Stops: keys that can be factored.
 * @throws TRUST_ALGORITHM
 */
export function checkKey(key: KeyObject, owner: string): void {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {}
  const type = key.asymmetricKeyType
  if (type === 'ec' && curves.includes(namedCurve)) return
  if ((type === 'rsa' || type === 'rsa-pss') && modulusLength >= limits.rsaBits) return
  const bits = modulusLength > 0 ? ` of ${modulusLength} bits` : ''
  const what = `${type === 'ec' ? `EC (${namedCurve})` : (type ?? 'unknown')}${bits}`
  refuse(`the key of '${owner}' is too weak or of a kind that is not accepted: ${what}`, wantedKey)
}

/** The mathematics, done by node:crypto. False as well when the key is of another kind than the scheme. */
export function verifyWith(
  scheme: SignatureScheme,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const type = key.asymmetricKeyType
  if (scheme.kind === 'ecdsa') return type === 'ec' && verify(scheme.digest, data, key, signature)
  if (scheme.kind === 'rsa') {
    return (
      type === 'rsa' && verify(scheme.digest, data, { key, padding: constants.RSA_PKCS1_PADDING }, signature)
    )
  }
  if (type !== 'rsa' && type !== 'rsa-pss') return false
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return verify(scheme.digest, data, { key, padding, saltLength: scheme.saltLength }, signature)
}
