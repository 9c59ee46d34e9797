import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limits } from '../../src/limits.ts'
import { readAnchors } from '../../src/trust/anchors.ts'
import { verifySignature } from '../../src/trust/signature.ts'
import {
  type Authority,
  caExtensions,
  type Identity,
  makeAuthority,
  makeIdentity,
  openssl,
  signerExtensions,
} from '../support/authority.ts'
import { content, policy } from './second-opinion.ts'

let directory: string
let authority: Authority

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'defs-chain-'))
  authority = makeAuthority(directory)
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

const text = (identity: Identity) => readFileSync(identity.certificate, 'utf8')
const pin = (...identities: Identity[]) =>
  readAnchors(identities.map((one) => ({ text: text(one), path: one.certificate })))

/** Signs with `leaf`, carrying these certificates and no others. */
function signCarrying(leaf: Identity, carried: readonly Identity[]): Buffer {
  if (carried.length === 0) return authority.sign(content, {}, { ...leaf, chain: null })
  const chain = join(directory, 'carried.pem')
  writeFileSync(chain, carried.map(text).join(''))
  return authority.sign(content, {}, { ...leaf, chain })
}

function line(length: number, prefix: string): Identity {
  let last = authority.root
  for (let n = 1; n <= length; n++) {
    last = authority.issue(`${prefix}-${n}`, { extensions: caExtensions }, last)
  }
  return authority.issue(`${prefix}-leaf`, { extensions: signerExtensions }, last)
}

describe('the search for an anchor', () => {
  it('goes as deep as its limit and no deeper', () => {
    const anchors = pin(authority.root)
    const deepest = authority.sign(content, {}, line(limits.chain, 'deep'))
    expect(verifySignature(content, deepest, anchors, policy).anchor).toBe('authority-root')
    const deeper = authority.sign(content, {}, line(limits.chain + 1, 'deeper'))
    expect(() => verifySignature(content, deeper, anchors, policy)).toThrowError(
      expect.objectContaining({ code: 'TRUST_CHAIN' }),
    )
  })

  it('tries every authority of one name', () => {
    const subject = '/O=Test/CN=renewed'
    const extensions = caExtensions
    const first = authority.issue('renewed-1', { subject, extensions })
    const second = authority.issue('renewed-2', { subject, extensions })
    const strange = makeIdentity(directory, 'renewed-3', { subject, extensions })
    const leaf = authority.issue('renewed-leaf', { extensions: signerExtensions }, second)
    const signature = signCarrying(leaf, [strange, first, second])
    expect(verifySignature(content, signature, pin(authority.root), policy).name).toBe('renewed-leaf')
  })

  it('tries every anchor, and prefers a chain within its dates', () => {
    const old = makeIdentity(directory, 'old-root', { subject: '/CN=twice', days: 1 })
    // The same key and name, renewed: both anchors verify the signer.
    const renewed = { ...old, certificate: join(directory, 'new-root.pem') }
    const request = [
      'req',
      '-config',
      join(directory, 'openssl.cnf'),
      '-x509',
      '-key',
      old.key,
      '-subj',
      '/CN=twice',
    ]
    const constraints = ['-addext', 'basicConstraints=critical,CA:TRUE', '-days', '3650']
    openssl([...request, ...constraints, '-out', renewed.certificate])
    const leaf = makeIdentity(directory, 'twice-leaf', { extensions: signerExtensions }, old)
    const signature = signCarrying(leaf, [])
    const later = { ...policy, now: new Date(Date.now() + 5 * 86_400_000) }
    expect(verifySignature(content, signature, pin(old), later).expired).toBe(true)
    const both = pin(authority.root, old, renewed)
    const signer = verifySignature(content, signature, both, { ...later, expired: 'refuse' })
    expect(signer).toMatchObject({ expired: false, anchorFingerprint: both[2]?.fingerprint })
  })

  it('begins with as many certificates of one name as its limit, and no more', () => {
    const namesakes = Array.from({ length: limits.namesakes + 1 }, (_, n) =>
      authority.issue(`same-${n}`, { extensions: signerExtensions, options: ['-set_serial', '7'] }),
    )
    const [leaf, spare, ...others] = namesakes
    if (!leaf || !spare) throw new Error('no namesakes')
    const signature = signCarrying(leaf, others)
    expect(verifySignature(content, signature, pin(authority.root), policy).name).toBe('same-0')
    const crowd = signCarrying(leaf, [spare, ...others])
    expect(() => verifySignature(content, crowd, pin(authority.root), policy)).toThrowError(
      expect.objectContaining({ code: 'TRUST_SIGNATURE' }),
    )
  })

  it('ends for authorities that certify each other', () => {
    const names = ['/CN=ring-a', '/CN=ring-b']
    const [a, b] = names.map((subject, n) => makeIdentity(directory, `ring-${n}`, { subject }))
    if (!a || !b) throw new Error('no ring')
    const cross = (subject: Identity, name: string, issuer: Identity) => {
      const certificate = join(directory, `cross-${name.slice(-1)}.pem`)
      const config = [
        'req',
        '-config',
        join(directory, 'openssl.cnf'),
        '-x509',
        '-key',
        subject.key,
        '-subj',
        name,
      ]
      const by = ['-CA', issuer.certificate, '-CAkey', issuer.key]
      openssl([...config, ...by, '-addext', 'basicConstraints=critical,CA:TRUE', '-out', certificate])
      return { ...subject, certificate }
    }
    const ring = [cross(a, '/CN=ring-a', b), cross(b, '/CN=ring-b', a), a, b]
    const leaf = makeIdentity(directory, 'ring-leaf', { extensions: signerExtensions }, a)
    expect(() =>
      verifySignature(content, signCarrying(leaf, ring), pin(authority.root), policy),
    ).toThrowError(expect.objectContaining({ code: 'TRUST_CHAIN' }))
  })

  it('gives up on a crowd in which everybody certifies everybody', () => {
    const subject = '/CN=crowd'
    const first = makeIdentity(directory, 'crowd', { subject })
    const request = [
      'req',
      '-config',
      join(directory, 'openssl.cnf'),
      '-x509',
      '-key',
      first.key,
      '-subj',
      subject,
    ]
    // One key under many serial numbers: every certificate verifies every other, in 20 x 19 x 18 x ... orders.
    const crowd = Array.from({ length: 20 }, (_, n) => {
      const certificate = join(directory, `crowd-${n}.pem`)
      openssl([...request, '-addext', 'basicConstraints=critical,CA:TRUE', '-out', certificate])
      return { ...first, certificate }
    })
    const leaf = makeIdentity(directory, 'crowd-leaf', { extensions: signerExtensions }, first)
    expect(() =>
      verifySignature(content, signCarrying(leaf, crowd), pin(authority.root), policy),
    ).toThrowError(expect.objectContaining({ code: 'TRUST_CHAIN' }))
  })
})
