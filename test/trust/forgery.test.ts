import { createHash, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as asn1js from 'asn1js'
import { Certificate, ContentInfo, RSASSAPSSParams, SignedData, type SignerInfo } from 'pkijs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limits } from '../../src/limits.ts'
import { type Anchor, readAnchors } from '../../src/trust/anchors.ts'
import { readCertificate } from '../../src/trust/certificate.ts'
import { verifySignature } from '../../src/trust/signature.ts'
import { openssl, type SignOptions } from '../support/authority.ts'
import { content, opensslAccepts, openWorld, policy, type World } from './second-opinion.ts'

let world: World
let anchors: Anchor[]

beforeAll(() => {
  world = openWorld()
  const pems = [world.ec, world.rsa].map(({ rootPem, rootPath }) => ({ text: rootPem, path: rootPath }))
  anchors = readAnchors(pems)
})

afterAll(() => world.close())

const verify = (data: Uint8Array, signature: Uint8Array) => verifySignature(data, signature, anchors, policy)
const opensslTakes = (data: Uint8Array, signature: Uint8Array) =>
  opensslAccepts(world.directory, data, signature, world.ec.rootPath)

/** A signature taken apart with pkijs, to be written again after a change. */
function forge(how: SignOptions, change: (info: SignerInfo, data: SignedData) => void): Buffer {
  return rewrite(world.ec.sign(content, how), change)
}

function rewrite(signature: Buffer, change: (info: SignerInfo, data: SignedData) => void): Buffer {
  const outer = ContentInfo.fromBER(signature)
  const data = new SignedData({ schema: outer.content })
  const [info] = data.signerInfos
  if (!info) throw new Error('no signer')
  change(info, data)
  const inner = data.toSchema(true)
  const whole = new ContentInfo({ contentType: outer.contentType, content: inner })
  return Buffer.from(whole.toSchema().toBER())
}

/** Signs changed attributes anew with the signer's own key: what a careless honest signer could produce. */
function resign(info: SignerInfo): void {
  const encoded = Buffer.from(info.signedAttrs?.toSchema().toBER() ?? new ArrayBuffer(0))
  encoded[0] = 0x31
  const signature = sign('sha256', encoded, readFileSync(world.ec.signer.key))
  info.signature = new asn1js.OctetString({ valueHex: new Uint8Array(signature).buffer })
}

const noAttributes: SignOptions = { options: ['-noattr'] }
const octets = (bytes: Uint8Array) => new asn1js.OctetString({ valueHex: new Uint8Array(bytes).buffer })
const refused = (code: string) => expect.objectContaining({ code })

describe('a forged message', () => {
  it('is read when nothing was changed, so that each forgery fails for its own reason', () => {
    expect(
      verify(
        content,
        forge({}, () => {}),
      ).name,
    ).toBe('authority-signer')
    expect(
      verify(
        content,
        forge(noAttributes, () => {}),
      ).name,
    ).toBe('authority-signer')
    expect(verify(content, forge({}, resign)).name).toBe('authority-signer')
  })

  it('is refused when attributes are passed off as the content, which openssl does not notice', () => {
    let attributes = Buffer.alloc(0)
    const forged = forge({}, (info) => {
      attributes = Buffer.from(info.signedAttrs?.encodedValue ?? new ArrayBuffer(0))
      delete info.signedAttrs
    })
    expect(opensslTakes(attributes, forged)).toBe(true)
    expect(() => verify(attributes, forged)).toThrowError(refused('TRUST_SIGNATURE'))
  })

  it.each(['1.2.840.113549.1.9.3', '1.2.840.113549.1.9.4'])(
    'is refused with attribute %s missing or twice',
    (type) => {
      for (const copies of [0, 2]) {
        const forged = forge({}, (info) => {
          const list = info.signedAttrs?.attributes ?? []
          const [found] = list.filter((attribute) => attribute.type === type)
          list.splice(0, list.length, ...list.filter((a) => a.type !== type), ...Array(copies).fill(found))
          resign(info)
        })
        expect(() => verify(content, forged), `${copies} times`).toThrowError(refused('TRUST_SIGNATURE'))
      }
    },
  )

  it('is refused with two digests in one attribute', () => {
    const forged = forge({}, (info) => {
      const digest = info.signedAttrs?.attributes.find(
        (attribute) => attribute.type === '1.2.840.113549.1.9.4',
      )
      digest?.values.push(octets(createHash('sha256').update('other').digest()))
      resign(info)
    })
    expect(() => verify(content, forged)).toThrowError(refused('TRUST_SIGNATURE'))
  })

  it('is refused when it carries other content than lies beside it, which openssl does not notice', () => {
    const forged = forge({}, (_, data) => {
      data.encapContentInfo.eContent = octets(Buffer.from('other'))
    })
    expect(opensslTakes(content, forged)).toBe(true)
    expect(() => verify(content, forged)).toThrowError(refused('TRUST_SIGNATURE'))
  })

  it('is refused when its kind of content is changed', () => {
    const forged = world.ec.sign(content, noAttributes)
    const at = forged.indexOf(Buffer.from('06092a864886f70d010701', 'hex')) // id-data
    expect(at).toBeGreaterThan(0)
    forged[at + 10] = 5
    expect(() => verify(content, forged)).toThrowError(refused('TRUST_SIGNATURE'))
  })

  it('is refused when another kind of content was signed', () => {
    const forged = forge({ options: ['-econtent_type', '1.2.3.4'] }, (_, data) => {
      data.encapContentInfo.eContentType = SignedData.ID_DATA
      for (const info of data.signerInfos) info.version = 1
    })
    expect(() => verify(content, forged)).toThrowError(refused('TRUST_SIGNATURE'))
  })

  it('is refused when digest and signature algorithm disagree', () => {
    const sha384 = '2.16.840.1.101.3.4.2.2'
    const forged = forge(noAttributes, (info, data) => {
      info.digestAlgorithm.algorithmId = sha384
      for (const listed of data.digestAlgorithms) listed.algorithmId = sha384
    })
    expect(() => verify(content, forged)).toThrowError(refused('TRUST_ALGORITHM'))
  })

  it('is refused when an algorithm has parameters it should not have', () => {
    const strange = forge(noAttributes, (info) => {
      info.digestAlgorithm.algorithmParams = octets(Buffer.from('x'))
    })
    expect(() => verify(content, strange)).toThrowError(refused('TRUST_ALGORITHM'))
    const pss = world.rsa.sign(content, { options: ['-keyopt', 'rsa_padding_mode:pss'] })
    const trailer = rewrite(pss, (info) => {
      const parameters = new RSASSAPSSParams({ schema: info.signatureAlgorithm.algorithmParams })
      parameters.trailerField = 2
      info.signatureAlgorithm.algorithmParams = parameters.toSchema()
    })
    expect(
      verify(
        content,
        rewrite(pss, () => {}),
      ).method,
    ).toBe('pkcs7 rsa-pss-sha256')
    expect(() => verify(content, trailer)).toThrowError(refused('TRUST_ALGORITHM'))
  })

  it('is refused when it has no signer, or more than anybody has', () => {
    const signers = (count: number) =>
      forge({}, (info, data) => {
        data.signerInfos = Array(count).fill(info)
      })
    expect(verify(content, signers(limits.signers)).name).toBe('authority-signer')
    for (const count of [0, limits.signers + 1]) {
      expect(() => verify(content, signers(count))).toThrowError(refused('TRUST_SIGNATURE'))
    }
  })
})

describe('a forged certificate', () => {
  it.each([
    ['03020780', true],
    ['03020640', true],
    // The bit stands behind the end, which says that it does not count; openssl passes it over, too.
    ['03020740', false],
    ['03030740ff', true],
  ])('may sign by the bits that count and no others: %s', (usage, may) => {
    const extensions = [`keyUsage=DER:${usage}`]
    const name = `usage-${usage}`
    const pem = readFileSync(world.ec.issue(name, { extensions }).certificate)
    expect(readCertificate(openssl(['x509', '-outform', 'DER'], pem)).mayMail).toBe(may)
  })

  it('is refused when it states an extension twice', () => {
    const der = openssl(['x509', '-outform', 'DER'], Buffer.from(world.ec.rootPem))
    const parsed = Certificate.fromBER(der)
    const again = () => readCertificate(Buffer.from(parsed.toSchema(true).toBER()))
    expect(again().basicConstraints?.ca).toBe(true)
    parsed.extensions?.push(...parsed.extensions.slice(0, 1))
    expect(again).toThrowError()
  })
})
