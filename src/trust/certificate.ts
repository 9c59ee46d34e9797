import { type KeyObject, X509Certificate } from 'node:crypto'
import { limits } from '../limits.ts'
import { type Algorithm, readAlgorithm } from './algorithm.ts'
import {
  contentsOf,
  type DerElement,
  DerParts,
  demand,
  identifierOf,
  numberOf,
  partsOf,
  readElement,
  soleOf,
  tags,
  timeOf,
} from './der.ts'

/** A certificate as the chain needs it: node:crypto for the mathematics, its fields as they stand there (RFC 5280 4.1). */
export interface Certificate {
  readonly x509: X509Certificate
  readonly publicKey: KeyObject
  /** For people: the common name, else the whole subject; of one without a subject its other names. */
  readonly name: string
  /** SHA-256 of the whole certificate, lower-case hexadecimal. */
  readonly fingerprint: string
  /** Name of the issuer and serial number, as encoded. */
  readonly issuer: Uint8Array
  readonly serial: Uint8Array
  /** The subjectKeyIdentifier; null when there is none. */
  readonly keyIdentifier: Uint8Array | null
  readonly version: 1 | 2 | 3
  readonly selfIssued: boolean
  /** Null when the extension is absent. */
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | null } | null
  /** Whether keyUsage allows signing certificates; null when the extension is absent. */
  readonly mayCertify: boolean | null
  /** Whether keyUsage and extended key usage, where they are, allow signing mail (S/MIME). */
  readonly mayMail: boolean
  /** Critical extensions that nothing here understands. */
  readonly unknownCritical: readonly string[]
  readonly signatureAlgorithm: Algorithm
  readonly notBefore: Date
  readonly notAfter: Date
}

const basicConstraintsId = '2.5.29.19'
const keyUsageId = '2.5.29.15'
const extendedUsageId = '2.5.29.37'
const emailProtection = '1.3.6.1.5.5.7.3.4'
const keyIdentifierId = '2.5.29.14'
// keyUsage, subjectAltName, basicConstraints, CRL places, policies, extended key usage: carried out or, as
// `-purpose any` does, knowingly not judged. Name constraints are missing on purpose: they are not carried out.
const understood = new Set([
  keyUsageId,
  '2.5.29.17',
  basicConstraintsId,
  '2.5.29.31',
  '2.5.29.32',
  extendedUsageId,
])

/** Reads one certificate from its DER bytes. @throws Error, and what node:crypto throws, on nonsense */
export function readCertificate(der: Uint8Array): Certificate {
  const x509 = new X509Certificate(der)
  // Rule: both parsers read the same bytes. Stops: PEM text hidden inside a DER certificate, which node:crypto
  // would take for the certificate while the fields are read from the wrapping.
  demand(x509.raw.equals(der), 'bytes around a certificate')
  const { extensions, ...fields } = readFields(der)
  const find = (id: string) => extensions.find((extension) => extension.id === id)?.value ?? null
  // Rule: an extension stands once. Stops: one reader seeing CA:FALSE, the other CA:TRUE.
  demand(new Set(extensions.map(({ id }) => id)).size === extensions.length, 'a repeated extension')
  const constraints = find(basicConstraintsId)
  const usage = find(keyUsageId)
  const bits = usage && usageBits(usage)
  const purposes = find(extendedUsageId)
  const identifier = find(keyIdentifierId)
  return {
    ...fields,
    x509,
    publicKey: x509.publicKey,
    name: nameOf(x509),
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    keyIdentifier: identifier && octets(identifier),
    basicConstraints: constraints && readConstraints(constraints),
    mayCertify: bits === null ? null : (bits & keyCertSign) !== 0,
    mayMail: (bits === null || (bits & mayBindContent) !== 0) && (purposes === null || isForMail(purposes)),
    unknownCritical: extensions.filter((e) => e.critical && !understood.has(e.id)).map((e) => e.id),
  }
}

function readFields(der: Uint8Array) {
  const [body, algorithm] = partsOf(readElement(der, limits.asn1Depth))
  const parts = new DerParts(body)
  const version = parts.optional(tags.context)
  const serial = contentsOf(parts.next(), tags.integer)
  readAlgorithm(parts.next())
  const issuer = parts.next()
  const [notBefore, notAfter] = partsOf(parts.next())
  const subject = parts.next()
  parts.next()
  parts.optional(uniqueId + 1)
  parts.optional(uniqueId + 2)
  const extensions = parts.optional(tags.context + 3)
  parts.end()
  demand(issuer !== undefined && subject !== undefined, 'a certificate without names')
  return {
    serial,
    issuer: issuer.bytes,
    version: versionOf(version),
    selfIssued: Buffer.from(subject.bytes).equals(issuer.bytes),
    signatureAlgorithm: readAlgorithm(algorithm),
    notBefore: timeOf(notBefore),
    notAfter: timeOf(notAfter),
    extensions: extensions ? partsOf(soleOf(extensions, extensions.tag)).map(readExtension) : [],
  }
}

// Names of issuer and subject beside the names, which nobody uses any more.
const uniqueId = tags.contextPrimitive

function versionOf(element: DerElement | undefined): 1 | 2 | 3 {
  const version = element ? numberOf(soleOf(element, element.tag)) : 0
  demand(version <= 2, 'a version that is not known')
  return version === 2 ? 3 : version === 1 ? 2 : 1
}

interface Extension {
  readonly id: string
  readonly critical: boolean
  /** DER of what it says. */
  readonly value: Uint8Array
}

function readExtension(element: DerElement): Extension {
  const parts = new DerParts(element)
  const id = identifierOf(parts.next())
  const critical = parts.optional(tags.boolean)
  const value = contentsOf(parts.next(), tags.octetString)
  parts.end()
  return { id, critical: critical !== undefined && isTrue(critical), value }
}

function isTrue({ contents }: DerElement): boolean {
  return contents.some((byte) => byte !== 0)
}

function nameOf(x509: X509Certificate): string {
  // An empty subject is undefined there: its owner stands in subjectAltName then (RFC 5280 4.1.2.6).
  const { subject, subjectAltName = 'no name' }: Partial<X509Certificate> = x509
  if (subject === undefined) return subjectAltName
  return /^CN=(.+)$/m.exec(subject)?.[1] ?? subject.replaceAll('\n', ', ')
}

function readConstraints(value: Uint8Array): { ca: boolean; pathLength: number | null } {
  try {
    const parts = new DerParts(readElement(value, limits.asn1Depth))
    const ca = parts.optional(tags.boolean)
    const length = parts.next()
    parts.end()
    return { ca: ca !== undefined && isTrue(ca), pathLength: length ? numberOf(length) : null }
  } catch (cause) {
    throw new Error('basicConstraints cannot be read', { cause })
  }
}

// Bits are counted from the left: digitalSignature 0, nonRepudiation 1, keyCertSign 5.
const mayBindContent = 0xc0
const keyCertSign = 0x04

function usageBits(value: Uint8Array): number {
  try {
    // Before the bits stands how many of the last byte do not count.
    const [unused = 8, bits = 0, ...more] = contentsOf(readElement(value, limits.asn1Depth), tags.bitString)
    demand(unused < 8, 'no bits')
    return more.length === 0 ? bits & (0xff << unused) : bits
  } catch (cause) {
    throw new Error('keyUsage cannot be read', { cause })
  }
}

function isForMail(value: Uint8Array): boolean {
  try {
    return partsOf(readElement(value, limits.asn1Depth)).map(identifierOf).includes(emailProtection)
  } catch {
    return false
  }
}

function octets(value: Uint8Array): Uint8Array | null {
  try {
    return contentsOf(readElement(value, limits.asn1Depth), tags.octetString)
  } catch {
    return null
  }
}
