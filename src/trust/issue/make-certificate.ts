import { type KeyObject, randomBytes, webcrypto } from 'node:crypto'
import * as asn1js from 'asn1js'
import {
  AttributeTypeAndValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CryptoEngine,
  Extension,
  type RelativeDistinguishedNames,
} from 'pkijs'

/** The engine of pkijs over Node's own cryptography. */
export const engine = new CryptoEngine({ name: 'node', crypto: webcrypto })

/** A certificate with the key that it certifies. */
export interface Certified {
  readonly certificate: Certificate
  readonly key: KeyObject
  /** Certificates that lead further, from its issuer to older roots; they go into each signature. */
  readonly above?: readonly Certificate[]
}

/** What a new certificate says. */
export interface CertificateRequest {
  readonly commonName: string
  readonly key: KeyObject
  /** Null for a certificate that signs itself. */
  readonly issuer: Certified | null
  /** Whether it may certify others. */
  readonly authority: boolean
  readonly from: Date
  readonly days: number
  /** Names and addresses of a server that it is for. */
  readonly servers?: readonly string[]
}

// keyCertSign and cRLSign; digitalSignature (RFC 5280 4.2.1.3).
const authorityUsage = 0x06
const signerUsage = 0x80

/** Makes an X.509 certificate, version 3, signed with SHA-256 by its issuer or itself. */
export async function makeCertificate(request: CertificateRequest): Promise<Certificate> {
  const { key, issuer, authority, from, days } = request
  const pair = await webKeys(key)
  const certificate = new Certificate()
  certificate.version = 2
  // 127 bits of chance, positive (RFC 5280 4.1.2.2).
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  certificate.serialNumber = new asn1js.Integer({ valueHex: arrayOf(serial) })
  addName(certificate.subject, request)
  certificate.issuer = issuer ? issuer.certificate.subject : certificate.subject
  certificate.notBefore.value = from
  certificate.notAfter.value = new Date(from.getTime() + days * 86_400_000)
  await certificate.subjectPublicKeyInfo.importKey(pair.publicKey, engine)
  const own = await certificate.getKeyHash('SHA-1', engine)
  const above = issuer ? await issuer.certificate.getKeyHash('SHA-1', engine) : own
  certificate.extensions = [
    critical('2.5.29.19', new BasicConstraints({ cA: authority }).toSchema()),
    critical('2.5.29.15', usage(authority ? authorityUsage : signerUsage)),
    ...(request.servers ? [plain('2.5.29.17', alternativeNames(request.servers))] : []),
    plain('2.5.29.14', new asn1js.OctetString({ valueHex: own })),
    plain(
      '2.5.29.35',
      new AuthorityKeyIdentifier({ keyIdentifier: new asn1js.OctetString({ valueHex: above }) }).toSchema(),
    ),
  ]
  const signing = issuer ? (await webKeys(issuer.key)).privateKey : pair.privateKey
  await certificate.sign(signing, 'SHA-256', engine)
  return certificate
}

/** A certificate in PEM. */
export function pemOf(certificate: Certificate): string {
  const body = Buffer.from(certificate.toSchema(true).toBER()).toString('base64')
  const lines = body.match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** The certificates of a PEM text, in order. */
export function certificatesOf(pem: string): Certificate[] {
  const blocks = [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END/g)]
  return blocks.map(([, body = '']) => Certificate.fromBER(arrayOf(Buffer.from(body, 'base64'))))
}

/** The first certificate of a PEM text. @throws Error when there is none */
export function certificateOf(pem: string): Certificate {
  const [first] = certificatesOf(pem)
  if (first) return first
  throw new Error('there is no certificate')
}

/** A key as Web Cryptography has it, for signing with SHA-256. */
export async function webKeys(key: KeyObject) {
  const rsa = key.asymmetricKeyType === 'rsa'
  const curve = key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'P-384' : 'P-256'
  const algorithm = rsa
    ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    : { name: 'ECDSA', namedCurve: curve }
  const secret = await webcrypto.subtle.importKey(
    'pkcs8',
    key.export({ type: 'pkcs8', format: 'der' }),
    algorithm,
    true,
    ['sign'],
  )
  const { d, p, q, dp, dq, qi, key_ops, ...open } = await webcrypto.subtle.exportKey('jwk', secret)
  const publicKey = await webcrypto.subtle.importKey('jwk', open, algorithm, true, ['verify'])
  return { privateKey: secret, publicKey }
}

/** The bytes alone, without what else their buffer holds. */
export function arrayOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

function addName(subject: RelativeDistinguishedNames, { commonName }: CertificateRequest): void {
  const value = new asn1js.Utf8String({ value: commonName })
  subject.typesAndValues.push(new AttributeTypeAndValue({ type: '2.5.4.3', value }))
}

/** Names and addresses of a server (RFC 5280 4.2.1.6). */
function alternativeNames(servers: readonly string[]): asn1js.Sequence {
  const value = servers.map((server) => {
    const address = /^[\d.]+$|:/.test(server)
    const bytes = address ? addressBytes(server) : Buffer.from(server)
    const idBlock = { tagClass: 3, tagNumber: address ? 7 : 2 }
    return new asn1js.Primitive({ idBlock, valueHex: arrayOf(bytes) })
  })
  return new asn1js.Sequence({ value })
}

function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const [left = '', right] = address.split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const gap = right === undefined ? 0 : 8 - groups(left).length - groups(right).length
  const all = [...groups(left), ...Array<string>(gap).fill('0'), ...groups(right)]
  return Buffer.from(
    all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  )
}

function usage(bits: number): asn1js.BitString {
  // As many unused bits as DER demands: those behind the last one that is set.
  const unusedBits = Math.log2(bits & -bits)
  return new asn1js.BitString({ valueHex: arrayOf(Uint8Array.of(bits)), unusedBits })
}

function critical(extnID: string, value: asn1js.BaseBlock): Extension {
  return new Extension({ extnID, critical: true, extnValue: value.toBER() })
}

function plain(extnID: string, value: asn1js.BaseBlock): Extension {
  return new Extension({ extnID, critical: false, extnValue: value.toBER() })
}
