import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Authority,
  caExtensions,
  makeIdentity,
  signDetached,
  signerExtensions,
} from '../support/authority.ts'
import { below, type Case, content, judge, openWorld, type World } from './second-opinion.ts'

let world: World
let ec: Authority
let rsa: Authority
let other: Authority
let directory: string

beforeAll(() => {
  world = openWorld()
  ;({ ec, rsa, other, directory } = world)
})

afterAll(() => world.close())

const ca = (...more: string[]) => [
  `basicConstraints=critical,${['CA:TRUE', ...more].join(',')}`,
  'keyUsage=critical,keyCertSign',
]

const cases: readonly Case[] = [
  {
    name: 'another authority of the same names',
    signature: () => other.sign(content),
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'an impostor with the subject of the anchor, brought along',
    signature: () => {
      const subject = '/O=Test/CN=authority-root'
      const root = makeIdentity(directory, 'impostor-root', { subject })
      const signer = makeIdentity(directory, 'impostor', { extensions: signerExtensions }, root)
      return signDetached(content, signer, { options: ['-certfile', root.certificate] })
    },
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'a self-signed signer',
    signature: () => signDetached(content, makeIdentity(directory, 'self')),
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'root, authority, signer',
    signature: () => ec.sign(content, {}, below(ec, below(ec, ec.root, 'middle', caExtensions), 'leaf')),
    theirs: true,
    ours: null,
  },
  {
    name: 'root, three authorities, signer',
    signature: () => {
      const one = below(ec, ec.root, 'one-of-3', caExtensions)
      const three = below(ec, below(ec, one, 'two-of-3', caExtensions), 'three-of-3', caExtensions)
      return rsa.sign(content, {}, below(ec, three, 'leaf-3'))
    },
    theirs: true,
    ours: null,
  },
  {
    name: 'the authority between is missing',
    signature: () =>
      ec.sign(content, {}, { ...below(ec, below(ec, ec.root, 'gone', caExtensions), 'orphan'), chain: null }),
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'a leaf certificate issues another',
    signature: () => ec.sign(content, {}, below(ec, below(ec, ec.root, 'leaf-ca'), 'below-leaf')),
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'an authority without basicConstraints',
    signature: () => {
      const middle = below(ec, ec.root, 'no-constraints', ['keyUsage=digitalSignature'])
      return ec.sign(content, {}, below(ec, middle, 'below-no-constraints'))
    },
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'an authority whose key usage is not for certificates',
    signature: () => {
      const middle = below(ec, ec.root, 'no-cert-sign', [
        'basicConstraints=critical,CA:TRUE',
        'keyUsage=cRLSign',
      ])
      return ec.sign(content, {}, below(ec, middle, 'below-no-cert-sign'))
    },
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'an authority with CA:FALSE and no key usage',
    signature: () => {
      const middle = below(ec, ec.root, 'ca-false', ['basicConstraints=CA:FALSE'])
      return ec.sign(content, {}, below(ec, middle, 'below-ca-false'))
    },
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'an authority by key usage only',
    signature: () => {
      const middle = below(ec, ec.root, 'only-usage', ['keyUsage=critical,keyCertSign'])
      return ec.sign(content, {}, below(ec, middle, 'below-only-usage'))
    },
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'a pinned root by key usage only',
    signature: () => {
      const root = makeIdentity(directory, 'usage-root', { extensions: ['keyUsage=keyCertSign'] })
      return signDetached(content, below(ec, root, 'below-usage-root'))
    },
    anchor: () => ({ certificate: join(directory, 'usage-root.pem') }),
    theirs: true,
    ours: null,
  },
  {
    name: 'a pinned root without extensions that say it is one',
    signature: () => {
      const root = makeIdentity(directory, 'bare-root', { extensions: [] })
      return signDetached(content, below(ec, root, 'below-bare-root'))
    },
    anchor: () => ({ certificate: join(directory, 'bare-root.pem') }),
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'pathlen:0 above an authority of its own name, renewed',
    signature: () => {
      const subject = '/CN=renewed'
      const first = ec.issue('rollover-1', { subject, extensions: ca('pathlen:0') })
      const second = ec.issue('rollover-2', { subject, extensions: ca('pathlen:0') }, first)
      return ec.sign(content, {}, below(ec, second, 'below-rollover'))
    },
    theirs: true,
    ours: null,
  },
  {
    name: 'an authority with CA:TRUE and no key usage',
    signature: () => {
      const middle = below(ec, ec.root, 'plain-ca', ['basicConstraints=CA:TRUE'])
      return ec.sign(content, {}, below(ec, middle, 'below-plain-ca'))
    },
    theirs: true,
    ours: null,
  },
  {
    name: 'pathlen:0 kept',
    signature: () => ec.sign(content, {}, below(ec, below(ec, ec.root, 'pl0', ca('pathlen:0')), 'below-pl0')),
    theirs: true,
    ours: null,
  },
  {
    name: 'pathlen:0 exceeded',
    signature: () => {
      const first = below(ec, ec.root, 'pl0-first', ca('pathlen:0'))
      return ec.sign(content, {}, below(ec, below(ec, first, 'pl0-second', ca()), 'below-pl0-second'))
    },
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'pathlen of the anchor exceeded',
    signature: () => {
      const root = makeIdentity(directory, 'pl-root', { extensions: ca('pathlen:0') })
      return signDetached(content, below(ec, below(ec, root, 'pl-root-ca', ca()), 'pl-root-leaf'))
    },
    anchor: () => ({ ...ec.root, certificate: join(directory, 'pl-root.pem') }),
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'a critical extension nobody knows',
    signature: () => {
      const signer = below(ec, ec.root, 'critical', [...signerExtensions, '1.2.3.4=critical,ASN1:NULL'])
      return ec.sign(content, {}, signer)
    },
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'an authority with a critical extension nobody knows',
    signature: () => {
      const middle = below(ec, ec.root, 'critical-ca', [...caExtensions, '1.2.3.4=critical,ASN1:NULL'])
      return ec.sign(content, {}, below(ec, middle, 'below-critical-ca'))
    },
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'a pinned root with a critical extension nobody knows',
    signature: () => {
      const extensions = [...caExtensions, '1.2.3.4=critical,ASN1:NULL']
      const root = makeIdentity(directory, 'critical-root', { extensions })
      return signDetached(content, below(ec, root, 'below-critical-root'))
    },
    anchor: () => ({ certificate: join(directory, 'critical-root.pem') }),
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'an unknown extension that is not critical',
    signature: () =>
      ec.sign(content, {}, below(ec, ec.root, 'uncritical', [...signerExtensions, '1.2.3.4=ASN1:NULL'])),
    theirs: true,
    ours: null,
  },
  {
    name: 'key usages that do not fit (as -purpose any)',
    signature: () =>
      ec.sign(
        content,
        {},
        below(ec, ec.root, 'tls', ['keyUsage=critical,keyAgreement', 'extendedKeyUsage=critical,serverAuth']),
      ),
    theirs: true,
    ours: null,
  },
  {
    name: 'a signer without a subject, whose name stands in subjectAltName',
    signature: () => {
      const extensions = ['subjectAltName=critical,email:signer@test.example']
      return ec.sign(content, {}, ec.issue('no-subject', { subject: '/', extensions }))
    },
    theirs: true,
    ours: null,
  },
  {
    name: 'a signer without extensions',
    signature: () => ec.sign(content, {}, below(ec, ec.root, 'bare', [])),
    theirs: true,
    ours: null,
  },
]

describe('our verdict on chains beside that of openssl cms -verify', () => {
  it.each(cases)('$name', (row) => judge(row, world))

  it('accepts nothing that openssl refuses', () => {
    expect(cases.filter((row) => !row.theirs && row.ours === null)).toEqual([])
  })
})
