import { createHash } from 'node:crypto'
import * as asn1js from 'asn1js'
import {
  Attribute,
  ContentInfo,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
} from 'pkijs'
import { writeIni } from '../../text/ini.ts'
import { foldName } from '../guard.ts'
import { arrayOf, type Certified, engine, webKeys } from './make-certificate.ts'

const plainData = '1.2.840.113549.1.7.1'
const signedData = '1.2.840.113549.1.7.2'
const contentType = '1.2.840.113549.1.9.3'
const messageDigest = '1.2.840.113549.1.9.4'

/**
 * Signs the exact bytes of a guard: DER PKCS#7 signed-data, detached, SHA-256, the signer's certificate and
 * those above it inside (docs/contract.md section 7).
 */
export async function signGuard(guard: Uint8Array, signer: Certified): Promise<Uint8Array> {
  const { certificate, key, above = [] } = signer
  const digest = createHash('sha256').update(guard).digest()
  // In the order of their encodings, as a SET OF in DER wants it.
  const attributes = [
    new Attribute({ type: contentType, values: [new asn1js.ObjectIdentifier({ value: plainData })] }),
    new Attribute({ type: messageDigest, values: [new asn1js.OctetString({ valueHex: arrayOf(digest) })] }),
  ]
  const data = new SignedData({
    version: 1,
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: plainData }),
    signerInfos: [
      new SignerInfo({
        version: 1,
        sid: new IssuerAndSerialNumber({
          issuer: certificate.issuer,
          serialNumber: certificate.serialNumber,
        }),
        signedAttrs: new SignedAndUnsignedAttributes({ type: 0, attributes }),
      }),
    ],
    certificates: [certificate, ...above],
  })
  const { privateKey } = await webKeys(key)
  await data.sign(privateKey, 0, 'SHA-256', arrayOf(guard), engine)
  const content = new ContentInfo({ contentType: signedData, content: data.toSchema(true) })
  return new Uint8Array(content.toSchema().toBER())
}

/** An entry of a guard. */
export interface Guarded {
  readonly name: string
  readonly sha256: string
  /** Null leaves it out. */
  readonly sha1: string | null
}

/** The text of a guard over these files. */
export function guardText(
  files: readonly Guarded[],
  header: readonly (readonly [string, string])[] = [],
): string {
  const sections = files.map(
    ({ name, sha256, sha1 }) =>
      [
        `File-${foldName(name)}`,
        [...(sha1 === null ? [] : [['SHA1', sha1] as const]), ['SHA256', sha256] as const],
      ] as const,
  )
  return writeIni([['GuardHeader', header], ...sections])
}
