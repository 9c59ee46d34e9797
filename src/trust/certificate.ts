import { type KeyObject, X509Certificate } from 'node:crypto'
import * as asn1js from 'asn1js'
import {
  type AlgorithmIdentifier,
  BasicConstraints,
  ExtKeyUsage,
  Certificate as ParsedCertificate,
} from 'pkijs'

/** A certificate as the chain needs it: node:crypto for the mathematics, pkijs for the fields. */
export interface Certificate {
  readonly x509: X509Certificate
  readonly publicKey: KeyObject
  /** For people: the common name, else the whole subject. */
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
  readonly signatureAlgorithm: AlgorithmIdentifier
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

/** Reads one certificate from its DER bytes. @throws what node:crypto and pkijs throw on nonsense */
export function readCertificate(der: Uint8Array): Certificate {
  const x509 = new X509Certificate(der)
  // Rule: both parsers read the same bytes. Stops: PEM text hidden inside a DER certificate, which node:crypto
  // would take for the certificate while pkijs reads the wrapping.
  if (!x509.raw.equals(der)) throw new Error('bytes around a certificate')
  const parsed = ParsedCertificate.fromBER(der)
  const extensions = parsed.extensions ?? []
  const find = (id: string) => extensions.find((extension) => extension.extnID === id)
  // Rule: an extension stands once. Stops: one reader seeing CA:FALSE, the other CA:TRUE.
  const ids = extensions.map((extension) => extension.extnID)
  if (new Set(ids).size !== ids.length) throw new Error('a certificate repeats an extension')
  const issuer = new Uint8Array(parsed.issuer.valueBeforeDecode)
  const constraints = find(basicConstraintsId)
  const usage = find(keyUsageId)
  const purposes = find(extendedUsageId)
  const identifier = find(keyIdentifierId)
  return {
    x509,
    publicKey: x509.publicKey,
    name: commonName(x509.subject) ?? x509.subject.replaceAll('\n', ', '),
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    issuer,
    serial: parsed.serialNumber.valueBlock.valueHexView,
    keyIdentifier: identifier ? octets(identifier.parsedValue) : null,
    version: parsed.version === 2 ? 3 : parsed.version === 1 ? 2 : 1,
    selfIssued: Buffer.from(parsed.subject.valueBeforeDecode).equals(issuer),
    basicConstraints: constraints ? readConstraints(constraints.parsedValue) : null,
    mayCertify: usage ? (usageBits(usage.parsedValue) & keyCertSign) !== 0 : null,
    mayMail:
      (!usage || (usageBits(usage.parsedValue) & mayBindContent) !== 0) &&
      (!purposes || isForMail(purposes.parsedValue)),
    unknownCritical: extensions.filter((e) => e.critical && !understood.has(e.extnID)).map((e) => e.extnID),
    signatureAlgorithm: parsed.signatureAlgorithm,
    notBefore: parsed.notBefore.value,
    notAfter: parsed.notAfter.value,
  }
}

function commonName(subject: string | undefined): string | undefined {
  return /^CN=(.+)$/m.exec(subject ?? '')?.[1]
}

function readConstraints(value: unknown): { ca: boolean; pathLength: number | null } {
  if (!(value instanceof BasicConstraints)) throw new Error('basicConstraints cannot be read')
  const length: unknown = value.pathLenConstraint
  if (length === undefined) return { ca: value.cA, pathLength: null }
  // A length beyond the small numbers is not a number but an object; no real authority has one.
  if (typeof length !== 'number' || length < 0) throw new Error('pathLenConstraint cannot be read')
  return { ca: value.cA, pathLength: length }
}

// Bits are counted from the left: digitalSignature 0, nonRepudiation 1, keyCertSign 5.
const mayBindContent = 0xc0
const keyCertSign = 0x04

function usageBits(value: unknown): number {
  if (!(value instanceof asn1js.BitString)) throw new Error('keyUsage cannot be read')
  return value.valueBlock.valueHexView[0] ?? 0
}

function isForMail(value: unknown): boolean {
  return value instanceof ExtKeyUsage && value.keyPurposes.includes(emailProtection)
}

function octets(value: unknown): Uint8Array | null {
  return value instanceof asn1js.OctetString ? value.valueBlock.valueHexView : null
}
