import { readFileSync } from 'node:fs'
import * as asn1js from 'asn1js'
import fc from 'fast-check'
import { Certificate, ContentInfo, IssuerAndSerialNumber, SignedData } from 'pkijs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCertificate } from '../../src/trust/certificate.ts'
import { readCms } from '../../src/trust/cms.ts'
import { caExtensions, openssl, signerExtensions } from '../support/authority.ts'
import { content, openWorld, type World } from './second-opinion.ts'

// pkijs reads the same bytes, by code that shares nothing with ours.
let world: World

beforeAll(() => {
  world = openWorld()
})

afterAll(() => world.close())

const hex = (bytes: Uint8Array | ArrayBuffer) => Buffer.from(new Uint8Array(bytes)).toString('hex')

function certificateByPkijs(der: Uint8Array) {
  const read = Certificate.fromBER(der)
  const extensions = read.extensions ?? []
  return {
    issuer: hex(read.issuer.valueBeforeDecode),
    serial: hex(read.serialNumber.valueBlock.valueHexView),
    version: read.version + 1,
    algorithm: read.signatureAlgorithm.algorithmId,
    from: read.notBefore.value.toISOString(),
    to: read.notAfter.value.toISOString(),
    critical: extensions.filter(({ critical }) => critical).map(({ extnID }) => extnID),
  }
}

const judged = ['2.5.29.15', '2.5.29.19']

function certificateByUs(der: Uint8Array) {
  const read = readCertificate(der)
  return {
    issuer: hex(read.issuer),
    serial: hex(read.serial),
    version: Number(read.version),
    algorithm: read.signatureAlgorithm.id,
    from: read.notBefore.toISOString(),
    to: read.notAfter.toISOString(),
    critical: [...read.unknownCritical],
  }
}

function messageByPkijs(der: Uint8Array) {
  const outer = ContentInfo.fromBER(der)
  const data = new SignedData({ schema: outer.content })
  const inside: unknown = data.encapContentInfo.eContent
  return {
    content: inside instanceof asn1js.OctetString ? hex(inside.getValue()) : null,
    signers: data.signerInfos.map((info) => ({
      named:
        info.sid instanceof IssuerAndSerialNumber
          ? [hex(info.sid.issuer.valueBeforeDecode), hex(info.sid.serialNumber.valueBlock.valueHexView)]
          : [hex(info.sid.valueBlock.valueHexView)],
      digest: info.digestAlgorithm.algorithmId,
      attributes: info.signedAttrs ? hex(info.signedAttrs.encodedValue) : null,
      algorithm: info.signatureAlgorithm.algorithmId,
      signature: hex(info.signature.valueBlock.valueHexView),
    })),
  }
}

function messageByUs(der: Uint8Array) {
  const read = readCms(der)
  return {
    content: read.content && hex(read.content),
    signers: read.signers.map((signer) => ({
      named:
        'serial' in signer.identifier
          ? [hex(signer.identifier.issuer), hex(signer.identifier.serial)]
          : [hex(signer.identifier.keyIdentifier)],
      digest: signer.digestAlgorithm.id,
      attributes: signer.attributes && hex(signer.attributes.encoded),
      algorithm: signer.signatureAlgorithm.id,
      signature: hex(signer.signature),
    })),
  }
}

function orNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}

/** However bytes are changed: what both read, both read alike. @returns how many of the changed ones both took */
function compare<T>(der: Buffer, ours: (bytes: Uint8Array) => T, theirs: (bytes: Uint8Array) => T): number {
  let both = 0
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.nat(255), (at, value) => {
      const changed = Buffer.from(der)
      changed[at] = value
      const [we, they] = [orNull(() => ours(changed)), orNull(() => theirs(changed))]
      if (we === null || they === null) return
      both += 1
      expect(we).toEqual(they)
    }),
    { numRuns: 100 },
  )
  return both
}

describe('a second parser', () => {
  it.each([
    ['of the authority', () => readFileSync(world.rsa.rootPath)],
    [
      'of a signer',
      () => readFileSync(world.ec.issue('read-twice', { extensions: signerExtensions }).certificate),
    ],
    [
      'of an authority below',
      () => readFileSync(world.ec.issue('below', { extensions: caExtensions }).certificate),
    ],
  ])('reads the fields of a certificate as we do: %s', (_, pem) => {
    const der = openssl(['x509', '-outform', 'DER'], pem())
    const theirs = (bytes: Uint8Array) => {
      const { critical, ...fields } = certificateByPkijs(bytes)
      return { ...fields, critical: critical.filter((id) => !judged.includes(id)) }
    }
    expect(certificateByUs(der)).toEqual(theirs(der))
    expect(compare(der, certificateByUs, theirs)).toBeGreaterThan(15)
  })

  it.each([
    ['with attributes', []],
    ['without', ['-noattr']],
    ['with its content', ['-nodetach']],
    ['by key identifier', ['-keyid']],
    ['with RSA-PSS', ['-keyopt', 'rsa_padding_mode:pss']],
  ])('reads the fields of a signature as we do: %s', (_, options) => {
    const der = world.rsa.sign(content, { options })
    expect(messageByUs(der)).toEqual(messageByPkijs(der))
    expect(compare(der, messageByUs, messageByPkijs)).toBeGreaterThan(15)
  })
})
