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

const inTenYears = new Date(Date.now() + 10 * 366 * 86_400_000)

let world: World
let ec: Authority
let rsa: Authority
let directory: string

beforeAll(() => {
  world = openWorld()
  ;({ ec, rsa, directory } = world)
})

afterAll(() => world.close())

const cases: readonly Case[] = [
  {
    name: 'out of date, accepted',
    signature: () => ec.sign(content, {}, ec.issue('short', { days: 1, extensions: signerExtensions })),
    theirs: true,
    ours: null,
    policy: { now: inTenYears },
    expired: true,
  },
  {
    name: 'out of date, refused by policy',
    signature: () => ec.sign(content, {}, ec.issue('short-2', { days: 1, extensions: signerExtensions })),
    theirs: false,
    ours: 'TRUST_EXPIRED',
    policy: { now: inTenYears, expired: 'refuse' },
    options: ['-attime', String(Math.floor(inTenYears.getTime() / 1000))],
  },
  {
    name: 'an authority out of date, refused by policy',
    signature: () => {
      const middle = ec.issue('short-ca', { days: 1, extensions: caExtensions })
      return ec.sign(content, {}, ec.issue('long', { days: 9000, extensions: signerExtensions }, middle))
    },
    theirs: false,
    ours: 'TRUST_EXPIRED',
    policy: { now: new Date(Date.now() + 3 * 86_400_000), expired: 'refuse' },
    options: ['-attime', String(Math.floor(Date.now() / 1000) + 3 * 86_400)],
  },
  {
    name: 'before its date, refused by policy',
    signature: () => ec.sign(content),
    theirs: false,
    ours: 'TRUST_EXPIRED',
    policy: { now: new Date('2020-01-01T00:00:00Z'), expired: 'refuse' },
    options: ['-attime', '1577836800'],
  },
  {
    name: 'a curve out of the ordinary',
    signature: () => {
      const options = ['-pkeyopt', 'ec_paramgen_curve:secp256k1']
      return ec.sign(content, {}, ec.issue('koblitz', { extensions: signerExtensions, options }))
    },
    theirs: true,
    ours: 'TRUST_ALGORITHM',
  },
  {
    name: 'in date, expiry judged',
    signature: () => ec.sign(content),
    theirs: true,
    ours: null,
    policy: { expired: 'refuse' },
    options: ['-attime', String(Math.floor(Date.now() / 1000) + 3600)],
  },
  {
    name: 'a SHA-1 digest',
    signature: () => rsa.sign(content, { digest: 'sha1' }),
    anchor: () => rsa.root,
    theirs: true,
    ours: 'TRUST_ALGORITHM',
  },
  {
    name: 'a SHA-1 digest, allowed',
    signature: () => rsa.sign(content, { digest: 'sha1' }),
    anchor: () => rsa.root,
    theirs: true,
    ours: null,
    policy: { allowSha1: true },
    method: 'pkcs7 rsa-sha1',
  },
  {
    name: 'an MD5 digest, never allowed',
    signature: () => rsa.sign(content, { digest: 'md5' }),
    anchor: () => rsa.root,
    theirs: true,
    ours: 'TRUST_ALGORITHM',
    policy: { allowSha1: true },
  },
  {
    name: 'a certificate signed with SHA-1',
    signature: () =>
      rsa.sign(content, {}, rsa.issue('sha1-cert', { digest: 'sha1', extensions: signerExtensions })),
    anchor: () => rsa.root,
    theirs: true,
    ours: 'TRUST_ALGORITHM',
  },
  {
    name: 'a certificate signed with SHA-1, allowed',
    signature: () =>
      rsa.sign(content, {}, rsa.issue('sha1-cert-2', { digest: 'sha1', extensions: signerExtensions })),
    anchor: () => rsa.root,
    theirs: true,
    ours: null,
    policy: { allowSha1: true },
  },
  {
    name: 'an anchor that is itself signed with SHA-1',
    signature: () => {
      const root = makeIdentity(directory, 'sha1-root', { digest: 'sha1', algorithm: 'rsa2048' })
      return signDetached(
        content,
        makeIdentity(directory, 'sha1-root-leaf', { extensions: signerExtensions }, root),
      )
    },
    anchor: () => ({ ...ec.root, certificate: join(directory, 'sha1-root.pem') }),
    theirs: true,
    ours: null,
  },
  {
    name: 'RSA with 1024 bits',
    signature: () =>
      rsa.sign(content, {}, rsa.issue('weak', { algorithm: 'rsa1024', extensions: signerExtensions })),
    anchor: () => rsa.root,
    theirs: true,
    ours: 'TRUST_ALGORITHM',
  },
  {
    name: 'an anchor with RSA of 1024 bits',
    signature: () => {
      const root = makeIdentity(directory, 'weak-root', { algorithm: 'rsa1024' })
      return signDetached(
        content,
        makeIdentity(directory, 'below-weak-root', { extensions: signerExtensions }, root),
      )
    },
    anchor: () => ({ ...ec.root, certificate: join(directory, 'weak-root.pem') }),
    theirs: true,
    ours: 'TRUST_ALGORITHM',
  },
  {
    name: 'an authority with RSA of 1024 bits',
    signature: () => {
      const weak = rsa.issue('weak-ca', { algorithm: 'rsa1024', extensions: caExtensions })
      return rsa.sign(content, {}, rsa.issue('below-weak', { extensions: signerExtensions }, weak))
    },
    anchor: () => rsa.root,
    theirs: true,
    ours: 'TRUST_ALGORITHM',
  },
  {
    name: 'a pinned certificate that is no root (openssl: -partial_chain)',
    signature: () =>
      ec.sign(content, {}, below(ec, below(ec, ec.root, 'pinned-ca', caExtensions), 'below-pinned')),
    anchor: () => ({ ...ec.root, certificate: join(ec.directory, 'pinned-ca.pem') }),
    theirs: true,
    ours: null,
    options: ['-partial_chain'],
  },
  {
    name: 'a pinned signer (openssl: -partial_chain)',
    signature: () => ec.sign(content),
    anchor: () => ec.signer,
    theirs: true,
    ours: null,
    options: ['-partial_chain'],
  },
]

describe('our verdict on dates and weak algorithms beside that of openssl cms -verify', () => {
  it.each(cases)('$name', (row) => judge(row, world))

  it('accepts nothing that openssl refuses', () => {
    expect(cases.filter((row) => !row.theirs && row.ours === null)).toEqual([])
  })
})
