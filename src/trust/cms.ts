import * as asn1js from 'asn1js'
import {
  type AlgorithmIdentifier,
  ContentInfo,
  IssuerAndSerialNumber,
  SignedData,
  type SignerInfo,
} from 'pkijs'
import { limits } from '../limits.ts'

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
  readonly digestAlgorithm: AlgorithmIdentifier
  /** Null when the signature is over the content itself. */
  readonly attributes: SignedAttributes | null
  readonly signatureAlgorithm: AlgorithmIdentifier
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

/** Reads a DER signed-data message of content type id-data. @throws Error saying what is wrong with it */
export function readCms(bytes: Uint8Array): CmsMessage {
  // Rule: one strict DER element and nothing behind it. Stops: indefinite lengths, hidden and trailing bytes.
  demand(isStrictDer(bytes, limits.asn1Depth), 'no DER, or bytes behind it')
  const { result } = asn1js.fromBER(bytes, { parseEmbedded: false, maxDepth: limits.asn1Depth })
  demand(result.error === '', 'cannot be parsed')
  const outer = new ContentInfo({ schema: result })
  demand(outer.contentType === signedData, 'is not of the signed-data kind')
  const tree: unknown = outer.content
  demand(tree instanceof asn1js.Sequence, 'is not of the signed-data kind')
  const data = new SignedData({ schema: tree })
  // Rule: only plain data is signed here. Stops: a time stamp or another typed message passed off as a guard's.
  demand(data.encapContentInfo.eContentType === plainData, 'signs something else than plain data')
  const { signerInfos } = data
  demand(signerInfos.length > 0 && signerInfos.length <= limits.signers, 'has no signer, or too many')
  const signers = signerInfos.map(readSigner)
  checkVersions(data)
  checkDigestList(data)
  return { content: readContent(data), certificates: certificatesOf(tree), signers }
}

function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`the signature ${what}`)
}

function readContent(data: SignedData): Uint8Array | null {
  const content: unknown = data.encapContentInfo.eContent
  if (content === undefined) return null
  demand(content instanceof asn1js.OctetString, 'carries something else than octets')
  return content.valueBlock.valueHexView
}

/** The raw elements, so that node:crypto sees the very bytes that were signed. */
function certificatesOf(tree: asn1js.Sequence): Uint8Array[] {
  const set = tree.valueBlock.value.find(
    (part) => part.idBlock.tagClass === 3 && part.idBlock.tagNumber === 0,
  )
  if (!(set instanceof asn1js.Constructed)) return []
  const parts = set.valueBlock.value
  demand(parts.length <= limits.certificates, 'carries too many certificates')
  demand(
    parts.every((part) => part instanceof asn1js.Sequence),
    'carries something else than certificates',
  )
  return parts.map((part) => part.valueBeforeDecodeView)
}

function readSigner(info: SignerInfo): CmsSigner {
  const signature = info.signature
  return {
    identifier: readIdentifier(info),
    digestAlgorithm: info.digestAlgorithm,
    attributes: info.signedAttrs ? readAttributes(info) : null,
    signatureAlgorithm: info.signatureAlgorithm,
    signature: signature.valueBlock.valueHexView,
  }
}

function readIdentifier(info: SignerInfo): SignerIdentifier {
  const sid: unknown = info.sid
  if (sid instanceof IssuerAndSerialNumber) {
    return {
      issuer: new Uint8Array(sid.issuer.valueBeforeDecode),
      serial: sid.serialNumber.valueBlock.valueHexView,
    }
  }
  demand(sid instanceof asn1js.Primitive, 'names its signer in an unknown way')
  return { keyIdentifier: sid.valueBlock.valueHexView }
}

function readAttributes(info: SignerInfo): SignedAttributes {
  const attributes = info.signedAttrs?.attributes ?? []
  const soleValue = (type: string): unknown => {
    const [attribute, ...more] = attributes.filter((candidate) => candidate.type === type)
    // Rule: contentType and messageDigest stand exactly once, with one value. Stops: two digests, where one
    // reader checks the first and another the last.
    demand(attribute?.values.length === 1 && more.length === 0, 'lacks or repeats a signed attribute')
    return attribute.values[0]
  }
  const type = soleValue(contentType)
  demand(type instanceof asn1js.ObjectIdentifier, 'has a contentType that is none')
  // Rule: the signed contentType is that of the message. Stops: a signature lent to content of another kind.
  demand(type.valueBlock.toString() === plainData, 'was made for another kind of content')
  const digest = soleValue(messageDigest)
  demand(digest instanceof asn1js.OctetString, 'has a messageDigest that is none')
  // The message is strict DER throughout, so the SET OF encoding is these bytes under the tag of a SET, which is
  // how pkijs keeps them.
  const encoded = new Uint8Array(info.signedAttrs?.encodedValue ?? new ArrayBuffer(0))
  const times = attributes.filter((attribute) => attribute.type === signingTime)
  return {
    encoded,
    messageDigest: digest.valueBlock.valueHexView,
    signingTime: times.length === 1 ? readTime(times[0]?.values) : null,
  }
}

function readTime(values: readonly unknown[] = []): Date | null {
  const [time] = values
  // GeneralizedTime is a kind of UTCTime here.
  if (!(time instanceof asn1js.UTCTime) || values.length !== 1) return null
  const date = time.toDate()
  return Number.isNaN(date.getTime()) ? null : date
}

/** Rule: versions as RFC 5652 5.1 and 5.3 give them. Stops: unsigned fields that may be changed unnoticed. */
function checkVersions(data: SignedData): void {
  const versions = data.signerInfos.map((info) => (info.sid instanceof IssuerAndSerialNumber ? 1 : 3))
  demand(
    data.signerInfos.every((info, index) => info.version === versions[index]),
    'has a signer of a wrong version',
  )
  demand(data.version === Math.max(...versions), 'has a wrong version')
}

/** Rule: the list names the digests that are used and no others (RFC 5652 5.1). Stops: the same. */
function checkDigestList(data: SignedData): void {
  const listed = new Set(data.digestAlgorithms.map((algorithm) => algorithm.algorithmId))
  const used = new Set(data.signerInfos.map((info) => info.digestAlgorithm.algorithmId))
  demand(
    listed.size === used.size && [...used].every((id) => listed.has(id)),
    'lists other digests than it uses',
  )
}

const constructedTypes = new Set([16, 17]) // SEQUENCE, SET

/**
 * Whether `bytes` is exactly one element in distinguished encoding, as far as structure goes: definite lengths
 * in their shortest form, no multi-byte tags, strings in one piece, nothing behind the end, at most `depth`
 * elements inside each other. Other encodings are where two parsers come to read one signature differently.
 */
export function isStrictDer(bytes: Uint8Array, depth: number): boolean {
  return elementEnd(bytes, 0, bytes.length, depth) === bytes.length
}

/** Offset behind the element at `start`; -1 when it is no strict DER or passes `limit`. */
function elementEnd(bytes: Uint8Array, start: number, limit: number, depth: number): number {
  const tag = bytes[start]
  if (tag === undefined || start + 2 > limit || depth === 0 || (tag & 0x1f) === 0x1f) return -1
  const constructed = (tag & 0x20) !== 0
  const universal = (tag & 0xc0) === 0
  if (universal && constructed !== constructedTypes.has(tag & 0x1f)) return -1
  const body = readLength(bytes, start + 1, limit)
  if (body === null || body.end > limit) return -1
  if (!constructed) return body.end
  let at = body.start
  while (at < body.end) {
    at = elementEnd(bytes, at, body.end, depth - 1)
    if (at === -1) return -1
  }
  return body.end
}

function readLength(bytes: Uint8Array, at: number, limit: number): { start: number; end: number } | null {
  const first = bytes[at] ?? 0x80
  if (first < 0x80) return { start: at + 1, end: at + 1 + first }
  const count = first & 0x7f
  // 0x80 alone is the indefinite form; four bytes are far beyond any signature.
  if (count === 0 || count > 4 || at + 1 + count > limit) return null
  let length = 0
  for (const byte of bytes.subarray(at + 1, at + 1 + count)) length = length * 256 + byte
  const shortest = length >= 0x80 && length >= 256 ** (count - 1)
  if (!shortest) return null
  return { start: at + 1 + count, end: at + 1 + count + length }
}
