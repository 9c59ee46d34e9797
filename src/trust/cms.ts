import { limits } from '../limits.ts'
import { type Algorithm, readAlgorithm } from './algorithm.ts'
import {
  contentsOf,
  type DerElement,
  DerParts,
  identifierOf,
  numberOf,
  partsOf,
  readElement,
  soleOf,
  tags,
  timeOf,
} from './der.ts'

/** How a signer names its certificate. */
export type SignerIdentifier =
  | { readonly issuer: Uint8Array; readonly serial: Uint8Array }
  | { readonly keyIdentifier: Uint8Array }

/** The signed attributes that decide. */
export interface SignedAttributes {
  /** Their DER encoding as a SET OF: what the signature is over. */
  readonly encoded: Uint8Array
  readonly messageDigest: Uint8Array
  /** Null when it does not say, or not just once. */
  readonly signingTime: Date | null
}

/** One signerInfo. */
export interface CmsSigner {
  readonly identifier: SignerIdentifier
  readonly digestAlgorithm: Algorithm
  /** Null when the signature is over the content itself. */
  readonly attributes: SignedAttributes | null
  readonly signatureAlgorithm: Algorithm
  readonly signature: Uint8Array
}

/** A CMS (PKCS#7) signed-data message, read and not yet verified. */
export interface CmsMessage {
  /** Content carried inside; null when the signature is detached. */
  readonly content: Uint8Array | null
  /** DER of each certificate inside. */
  readonly certificates: readonly Uint8Array[]
  readonly signers: readonly CmsSigner[]
}

const signedData = '1.2.840.113549.1.7.2'
const plainData = '1.2.840.113549.1.7.1'
const contentType = '1.2.840.113549.1.9.3'
const messageDigest = '1.2.840.113549.1.9.4'
const signingTime = '1.2.840.113549.1.9.5'

/** Reads a DER signed-data message (RFC 5652 3 and 5) of content type id-data. @throws Error saying what is wrong with it */
export function readCms(bytes: Uint8Array): CmsMessage {
  // Rule: one strict DER element and nothing behind it. Stops: indefinite lengths, hidden and trailing bytes.
  const outer = must('is no DER, or has bytes behind it', () => readElement(bytes, limits.asn1Depth))
  const { type, tree } = must('cannot be parsed', () => readContentInfo(outer))
  demand(type === signedData, 'is not of the signed-data kind')
  const data = must('cannot be parsed', () => readSignedData(tree))
  // Rule: only plain data is signed here. Stops: a time stamp or another typed message passed off as a guard's.
  demand(data.type === plainData, 'signs something else than plain data')
  const { signers } = data
  demand(signers.length > 0 && signers.length <= limits.signers, 'has no signer, or too many')
  checkVersions(data)
  checkDigestList(data)
  return { content: data.content, certificates: certificatesOf(data), signers: signers.map(signerOf) }
}

function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`the signature ${what}`)
}

function must<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new Error(`the signature ${what}`, { cause })
  }
}

function readContentInfo(outer: DerElement): { type: string; tree: DerElement } {
  const parts = new DerParts(outer)
  const type = identifierOf(parts.next())
  const tree = soleOf(parts.next(), tags.context)
  parts.end()
  return { type, tree }
}

/** The fields of SignedData as they stand there. */
interface SignedData {
  readonly version: number
  readonly digests: readonly Algorithm[]
  /** What kind of content is signed. */
  readonly type: string
  readonly content: Uint8Array | null
  readonly certificates: readonly DerElement[]
  readonly signers: readonly SignerInfo[]
}

function readSignedData(tree: DerElement): SignedData {
  const parts = new DerParts(tree)
  const version = numberOf(parts.next())
  const digests = partsOf(parts.next(), tags.set).map(readAlgorithm)
  const encapsulated = new DerParts(parts.next())
  const type = identifierOf(encapsulated.next())
  const wrapped = encapsulated.optional(tags.context)
  encapsulated.end()
  const certificates = parts.optional(tags.context)
  // Revocation lists say nothing here: what is pinned decides.
  parts.optional(tags.context + 1)
  const signers = partsOf(parts.next(), tags.set).map(readSignerInfo)
  parts.end()
  return {
    version,
    digests,
    type,
    content: wrapped ? contentsOf(soleOf(wrapped, tags.context), tags.octetString) : null,
    certificates: certificates?.parts ?? [],
    signers,
  }
}

/** One SignerInfo as it stands there, its signed attributes not yet looked into. */
interface SignerInfo extends Omit<CmsSigner, 'attributes'> {
  readonly version: number
  readonly attributes: DerElement | null
}

function readSignerInfo(element: DerElement): SignerInfo {
  const parts = new DerParts(element)
  const version = numberOf(parts.next())
  const identifier = readIdentifier(parts.next())
  const digestAlgorithm = readAlgorithm(parts.next())
  const attributes = parts.optional(tags.context) ?? null
  const signatureAlgorithm = readAlgorithm(parts.next())
  const signature = contentsOf(parts.next(), tags.octetString)
  // Unsigned attributes say nothing here: anybody can put them there.
  parts.optional(tags.context + 1)
  parts.end()
  return { version, identifier, digestAlgorithm, attributes, signatureAlgorithm, signature }
}

function readIdentifier(element: DerElement | undefined): SignerIdentifier {
  if (element?.tag !== tags.sequence) return { keyIdentifier: contentsOf(element, tags.contextPrimitive) }
  const parts = new DerParts(element)
  const issuer = parts.next()
  if (issuer?.tag !== tags.sequence) throw new Error('an issuer that is no name')
  const serial = contentsOf(parts.next(), tags.integer)
  parts.end()
  return { issuer: issuer.bytes, serial }
}

/** The raw elements, so that node:crypto sees the very bytes that were signed. */
function certificatesOf({ certificates }: SignedData): Uint8Array[] {
  demand(certificates.length <= limits.certificates, 'carries too many certificates')
  demand(
    certificates.every(({ tag }) => tag === tags.sequence),
    'carries something else than certificates',
  )
  return certificates.map(({ bytes }) => bytes)
}

function signerOf({ attributes, ...info }: SignerInfo): CmsSigner {
  return { ...info, attributes: attributes && readAttributes(attributes) }
}

function readAttributes(element: DerElement): SignedAttributes {
  const attributes = must('has signed attributes that cannot be parsed', () =>
    element.parts.map(readAttribute),
  )
  const soleValue = (type: string): DerElement => {
    const [attribute, ...more] = attributes.filter((candidate) => candidate.type === type)
    const [value, ...others] = attribute?.values ?? []
    // Rule: contentType and messageDigest stand exactly once, with one value. Stops: two digests, where one
    // reader checks the first and another the last.
    const sole = value !== undefined && others.length === 0 && more.length === 0
    demand(sole, 'lacks or repeats a signed attribute')
    return value
  }
  const kind = soleValue(contentType)
  const type = must('has a contentType that is none', () => identifierOf(kind))
  // Rule: the signed contentType is that of the message. Stops: a signature lent to content of another kind.
  demand(type === plainData, 'was made for another kind of content')
  const digest = soleValue(messageDigest)
  const times = attributes.filter((attribute) => attribute.type === signingTime)
  return {
    // The message is strict DER throughout, so the SET OF encoding is these bytes under the tag of a SET.
    encoded: Buffer.concat([Uint8Array.of(tags.set), element.bytes.subarray(1)]),
    messageDigest: must('has a messageDigest that is none', () => contentsOf(digest, tags.octetString)),
    signingTime: times.length === 1 ? readTime(times[0]?.values) : null,
  }
}

function readAttribute(element: DerElement): { type: string; values: readonly DerElement[] } {
  const parts = new DerParts(element)
  const type = identifierOf(parts.next())
  const values = partsOf(parts.next(), tags.set)
  parts.end()
  return { type, values }
}

function readTime(values: readonly DerElement[] = []): Date | null {
  if (values.length !== 1) return null
  try {
    return timeOf(values[0])
  } catch {
    return null
  }
}

/** Rule: versions as RFC 5652 5.1 and 5.3 give them. Stops: unsigned fields that may be changed unnoticed. */
function checkVersions({ version, signers }: SignedData): void {
  const versions = signers.map(({ identifier }) => ('serial' in identifier ? 1 : 3))
  demand(
    signers.every((signer, index) => signer.version === versions[index]),
    'has a signer of a wrong version',
  )
  demand(version === Math.max(...versions), 'has a wrong version')
}

/** Rule: the list names the digests that are used and no others (RFC 5652 5.1). Stops: the same. */
function checkDigestList({ digests, signers }: SignedData): void {
  const listed = new Set(digests.map(({ id }) => id))
  const used = new Set(signers.map(({ digestAlgorithm }) => digestAlgorithm.id))
  demand(
    listed.size === used.size && [...used].every((id) => listed.has(id)),
    'lists other digests than it uses',
  )
}
