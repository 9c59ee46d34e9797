import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limits } from '../../src/limits.ts'
import { type Authority, caExtensions, openssl, signerExtensions } from '../support/authority.ts'
import { below, type Case, content, judge, openWorld, type World } from './second-opinion.ts'

let world: World
let ec: Authority
let rsa: Authority
let other: Authority

beforeAll(() => {
  world = openWorld()
  ;({ ec, rsa, other } = world)
})

afterAll(() => world.close())

/** One certificate more than a signature may carry: one key, renewed again and again. */
function manyCertificates(authority: Authority): string {
  const request = [
    'req',
    '-config',
    join(authority.directory, 'openssl.cnf'),
    '-x509',
    '-key',
    authority.signer.key,
  ]
  return Array.from({ length: limits.certificates }, (_, n) =>
    openssl([...request, '-subj', `/CN=${n}`]),
  ).join('')
}

const cases: readonly Case[] = [
  {
    name: 'ECDSA P-256',
    signature: () => ec.sign(content),
    theirs: true,
    ours: null,
    method: 'pkcs7 ecdsa-sha256',
  },
  {
    name: 'RSA 2048',
    signature: () => rsa.sign(content),
    anchor: () => rsa.root,
    theirs: true,
    ours: null,
    method: 'pkcs7 rsa-sha256',
  },
  {
    name: 'RSA, SHA-384, no attributes',
    signature: () => rsa.sign(content, { digest: 'sha384', options: ['-noattr'] }),
    anchor: () => rsa.root,
    theirs: true,
    ours: null,
    method: 'pkcs7 rsa-sha384',
  },
  {
    name: 'RSA-PSS',
    signature: () => rsa.sign(content, { options: ['-keyopt', 'rsa_padding_mode:pss'] }),
    anchor: () => rsa.root,
    theirs: true,
    ours: null,
    method: 'pkcs7 rsa-pss-sha256',
  },
  {
    name: 'RSA-PSS, SHA-512, salt of the digest, no attributes',
    signature: () =>
      rsa.sign(content, {
        digest: 'sha512',
        options: ['-noattr', '-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_pss_saltlen:digest'],
      }),
    anchor: () => rsa.root,
    theirs: true,
    ours: null,
    method: 'pkcs7 rsa-pss-sha512',
  },
  {
    name: 'RSA-PSS with another digest in its mask',
    signature: () =>
      rsa.sign(content, { options: ['-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_mgf1_md:sha1'] }),
    anchor: () => rsa.root,
    theirs: true,
    ours: 'TRUST_ALGORITHM',
  },
  {
    name: 'certificates signed with RSA-PSS',
    signature: () =>
      rsa.sign(
        content,
        {},
        rsa.issue('pss', { extensions: signerExtensions, options: ['-sigopt', 'rsa_padding_mode:pss'] }),
      ),
    anchor: () => rsa.root,
    theirs: true,
    ours: null,
  },
  {
    name: 'ECDSA P-384, SHA-384',
    signature: () =>
      ec.sign(
        content,
        { digest: 'sha384' },
        ec.issue('p384', { algorithm: 'P-384', extensions: signerExtensions }),
      ),
    theirs: true,
    ours: null,
    method: 'pkcs7 ecdsa-sha384',
  },
  {
    name: 'ECDSA P-521, SHA-512, no attributes',
    signature: () =>
      ec.sign(
        content,
        { digest: 'sha512', options: ['-noattr'] },
        ec.issue('p521', { algorithm: 'P-521', extensions: signerExtensions }),
      ),
    theirs: true,
    ours: null,
    method: 'pkcs7 ecdsa-sha512',
  },
  {
    name: 'RSA signer below an EC authority',
    signature: () =>
      ec.sign(content, {}, ec.issue('mixed', { algorithm: 'rsa2048', extensions: signerExtensions })),
    theirs: true,
    ours: null,
  },
  { name: '-keyid', signature: () => ec.sign(content, { options: ['-keyid'] }), theirs: true, ours: null },
  { name: '-noattr', signature: () => ec.sign(content, { options: ['-noattr'] }), theirs: true, ours: null },
  {
    name: '-nosmimecap',
    signature: () => rsa.sign(content, { options: ['-nosmimecap'] }),
    anchor: () => rsa.root,
    theirs: true,
    ours: null,
  },
  {
    name: '-nocerts',
    signature: () => ec.sign(content, { options: ['-nocerts'] }),
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: '-nodetach, the same content',
    signature: () => ec.sign(content, { options: ['-nodetach'] }),
    theirs: true,
    ours: null,
  },
  {
    name: '-nodetach, other content',
    signature: () => ec.sign(Buffer.from('other'), { options: ['-nodetach'] }),
    theirs: false,
    ours: 'TRUST_SIGNATURE',
  },
  {
    name: 'other content',
    signature: () => ec.sign(Buffer.from('other')),
    theirs: false,
    ours: 'TRUST_SIGNATURE',
  },
  {
    name: 'other content, no attributes',
    signature: () => ec.sign(Buffer.from('other'), { options: ['-noattr'] }),
    theirs: false,
    ours: 'TRUST_SIGNATURE',
  },
  {
    name: 'another kind of content',
    signature: () => ec.sign(content, { options: ['-econtent_type', '1.2.3.4'] }),
    theirs: true,
    ours: 'TRUST_SIGNATURE',
  },
  {
    name: 'streamed: indefinite lengths are no DER',
    signature: () => ec.sign(content, { options: ['-nodetach', '-stream'] }),
    theirs: true,
    ours: 'TRUST_SIGNATURE',
  },
  {
    name: 'two signers',
    signature: () =>
      ec.sign(content, {
        options: ['-signer', below(ec, ec.root, 'two').certificate, '-inkey', join(ec.directory, 'two.key')],
      }),
    theirs: true,
    ours: null,
  },
  // DER sorts the signers, the longer ones last: each of the two comes first in one of these.
  ...(['short', 'long'] as const).map(
    (length): Case => ({
      name: `two signers, one of them of somebody else with a ${length} name`,
      signature: () => {
        const subject = length === 'short' ? '/CN=x' : `/O=${'x'.repeat(60)}/CN=${'x'.repeat(60)}`
        const root = other.issue(`${length}-root`, { subject, extensions: caExtensions })
        const stranger = other.issue(`${length}-signer`, { extensions: signerExtensions }, root)
        return ec.sign(content, { options: ['-signer', stranger.certificate, '-inkey', stranger.key] })
      },
      theirs: false,
      ours: 'TRUST_CHAIN',
    }),
  ),
  {
    name: 'more certificates than anybody needs',
    signature: () => {
      const crowd = join(ec.directory, 'crowd.pem')
      writeFileSync(crowd, manyCertificates(ec))
      return ec.sign(content, { options: ['-certfile', crowd] })
    },
    theirs: true,
    ours: 'TRUST_SIGNATURE',
  },
  {
    name: 'the root among the certificates',
    signature: () => ec.sign(content, { options: ['-certfile', ec.rootPath] }),
    theirs: true,
    ours: null,
  },
  {
    name: 'the root signs, and is pinned',
    signature: () => ec.sign(content, {}, ec.root),
    theirs: true,
    ours: null,
  },
]

describe('our verdict on signatures beside that of openssl cms -verify', () => {
  it.each(cases)('$name', (row) => judge(row, world))

  it('accepts nothing that openssl refuses', () => {
    expect(cases.filter((row) => !row.theirs && row.ours === null)).toEqual([])
  })
})
