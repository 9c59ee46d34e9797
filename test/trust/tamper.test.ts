import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Anchor, readAnchors } from '../../src/trust/anchors.ts'
import { examine } from '../../src/trust/authenticate.ts'
import { readCertificate } from '../../src/trust/certificate.ts'
import { verifySignature } from '../../src/trust/signature.ts'
import { caExtensions, type Identity, openssl, signDetached, signerExtensions } from '../support/authority.ts'
import { asOpened, makeSet } from '../support/definition-set.ts'
import { content, openWorld, policy, type World } from './second-opinion.ts'

let world: World
let signer: Identity
let anchors: Anchor[]

beforeAll(() => {
  world = openWorld()
  const middle = world.ec.issue('middle', { extensions: caExtensions })
  signer = world.ec.issue('leaf', { extensions: signerExtensions }, middle)
  anchors = readAnchors([{ text: world.ec.rootPem, path: world.ec.rootPath }])
})

afterAll(() => world.close())

const refused = (code: string) => expect.objectContaining({ code })
const verify = (data: Uint8Array, signature: Uint8Array) => verifySignature(data, signature, anchors, policy)

function flipped(bytes: Uint8Array, at: number, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ (1 << bit)
  return copy
}

describe('a changed set', () => {
  it('is never proved, whichever bit of guard, signature or file is flipped', () => {
    const files = makeSet({
      authority: { sign: (bytes) => signDetached(bytes, signer) },
      set: '20260115.002',
    })
    const trust = { anchors, now: policy.now, policy: { ...policy, allowFuture: true } }
    const claim = { set: null, sequence: null, grade: 'certified' } as const
    expect(examine(asOpened(files), claim, trust).proved).not.toBeNull()
    const name = fc.constantFrom(...files.keys(), 'v.sig', 'v.grd')
    fc.assert(
      fc.property(name, fc.nat(), fc.nat(7), (file, position, bit) => {
        const bytes = files.get(file) ?? Buffer.alloc(0)
        const changed = new Map(files).set(file, flipped(bytes, position % bytes.length, bit))
        const { proved, problems } = examine(asOpened(changed), claim, trust)
        expect(proved).toBeNull()
        expect(problems.length).toBeGreaterThan(0)
      }),
      { numRuns: 250 },
    )
  })
})

describe('a changed signature', () => {
  it.each([
    ['with attributes', []],
    ['without attributes', ['-noattr']],
    ['by key identifier', ['-keyid']],
  ])('is refused in every region (%s)', (_, options) => {
    const signature = signDetached(content, signer, { options })
    expect(verify(content, signature).name).toBe('leaf')
    // A prime stride and a turning bit: every structure of some bytes is met, in a fraction of the time.
    for (let at = 0; at < signature.length; at += 11) {
      const act = () => verify(content, flipped(signature, at, at % 8))
      expect(act, `byte ${at}`).toThrowError(refused(expect.stringMatching(/^TRUST_/)))
    }
  })

  it('is refused when cut anywhere, or with bytes behind it', () => {
    const signature = signDetached(content, signer)
    for (let length = 0; length < signature.length; length += 23) {
      expect(() => verify(content, signature.subarray(0, length))).toThrowError(refused('TRUST_SIGNATURE'))
    }
    const longer = Buffer.concat([signature, Buffer.from([0])])
    expect(() => verify(content, longer)).toThrowError(refused('TRUST_SIGNATURE'))
  })

  it('is refused when its attributes are given the digest of other content', () => {
    const signature = signDetached(content, signer)
    const other = Buffer.from('other content')
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
    const at = signature.indexOf(digest(content))
    expect(at).toBeGreaterThan(0)
    digest(other).copy(signature, at)
    expect(() => verify(other, signature)).toThrowError(refused('TRUST_SIGNATURE'))
  })
})

describe('what only one parser would see', () => {
  it('refuses a DER certificate with PEM text inside', () => {
    const inner = Buffer.from(`\n${world.ec.rootPem}`).toString('hex')
    const outer = world.ec.issue('wrapping', { extensions: [...caExtensions, `1.2.3.4=DER:${inner}`] })
    const der = openssl(['x509', '-outform', 'DER'], readFileSync(outer.certificate))
    expect(() => readCertificate(der)).toThrowError()
  })

  it('gives a verdict on any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => verify(content, bytes)).toThrowError(refused('TRUST_SIGNATURE'))
      }),
      { numRuns: 200 },
    )
  })
})
