import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DefsError, type ErrorCode } from '../../src/error.ts'
import { readAnchors } from '../../src/trust/anchors.ts'
import type { ChainPolicy } from '../../src/trust/chain.ts'
import { verifySignature } from '../../src/trust/signature.ts'
import {
  type Authority,
  caExtensions,
  type Identity,
  makeAuthority,
  makeIdentity,
  openssl,
  signDetached,
  signerExtensions,
} from '../support/authority.ts'

/** One signature, judged by openssl and by us. `ours` is null when we accept. */
interface Case {
  readonly name: string
  readonly signature: () => Buffer
  readonly anchor?: () => Identity
  /** Whether `openssl cms -verify -purpose any -no_check_time` accepts it. */
  readonly theirs: boolean
  readonly ours: ErrorCode | null
  readonly policy?: Partial<ChainPolicy>
  /** Further options for `openssl cms -verify`. */
  readonly options?: readonly string[]
  readonly method?: string
  readonly expired?: boolean
}

const content = Buffer.from('[GuardHeader]\r\nLegal=x\r\n[File-a]\r\n')
// An hour on: certificates made by the tests begin after this line runs.
const policy: ChainPolicy = { now: new Date(Date.now() + 3_600_000), expired: 'accept', allowSha1: false }
const inTenYears = new Date(Date.now() + 10 * 366 * 86_400_000)

let directory: string
let ec: Authority
let rsa: Authority
let other: Authority

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'defs-openssl-'))
  ec = makeAuthority(join(directory, 'ec'))
  rsa = makeAuthority(join(directory, 'rsa'), { algorithm: 'rsa2048' })
  other = makeAuthority(join(directory, 'other'), { name: 'authority' })
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

function opensslAccepts(signature: Uint8Array, anchor: string, options: readonly string[] = []): boolean {
  const files = { content: join(directory, 'content'), signature: join(directory, 'signature') }
  writeFileSync(files.content, content)
  writeFileSync(files.signature, signature)
  const time = options.includes('-attime') ? [] : ['-no_check_time']
  const args = [
    'cms',
    '-verify',
    '-inform',
    'DER',
    '-in',
    files.signature,
    '-binary',
    '-content',
    files.content,
  ]
  try {
    openssl([
      ...args,
      '-CAfile',
      anchor,
      '-purpose',
      'any',
      ...time,
      ...options,
      '-out',
      `${files.content}.out`,
    ])
    return true
  } catch {
    return false
  }
}

function below(issuer: Identity, name: string, extensions = signerExtensions, authority = ec): Identity {
  return authority.issue(name, { extensions }, issuer)
}

const ca = (...more: string[]) => [
  `basicConstraints=critical,${['CA:TRUE', ...more].join(',')}`,
  'keyUsage=critical,keyCertSign',
]

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
        options: ['-signer', below(ec.root, 'two').certificate, '-inkey', join(ec.directory, 'two.key')],
      }),
    theirs: true,
    ours: null,
  },
  {
    name: 'two signers, one of them of somebody else',
    signature: () =>
      ec.sign(content, { options: ['-signer', other.signer.certificate, '-inkey', other.signer.key] }),
    theirs: false,
    ours: 'TRUST_CHAIN',
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
    signature: () => ec.sign(content, {}, below(below(ec.root, 'middle', caExtensions), 'leaf')),
    theirs: true,
    ours: null,
  },
  {
    name: 'root, three authorities, signer',
    signature: () => {
      const one = below(ec.root, 'one-of-3', caExtensions)
      const three = below(below(one, 'two-of-3', caExtensions), 'three-of-3', caExtensions)
      return rsa.sign(content, {}, below(three, 'leaf-3'))
    },
    theirs: true,
    ours: null,
  },
  {
    name: 'the authority between is missing',
    signature: () =>
      ec.sign(content, {}, { ...below(below(ec.root, 'gone', caExtensions), 'orphan'), chain: null }),
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'a leaf certificate issues another',
    signature: () => ec.sign(content, {}, below(below(ec.root, 'leaf-ca'), 'below-leaf')),
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'an authority without basicConstraints',
    signature: () => {
      const middle = below(ec.root, 'no-constraints', ['keyUsage=digitalSignature'])
      return ec.sign(content, {}, below(middle, 'below-no-constraints'))
    },
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'an authority whose key usage is not for certificates',
    signature: () => {
      const middle = below(ec.root, 'no-cert-sign', ['basicConstraints=critical,CA:TRUE', 'keyUsage=cRLSign'])
      return ec.sign(content, {}, below(middle, 'below-no-cert-sign'))
    },
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'an authority with CA:TRUE and no key usage',
    signature: () => {
      const middle = below(ec.root, 'plain-ca', ['basicConstraints=CA:TRUE'])
      return ec.sign(content, {}, below(middle, 'below-plain-ca'))
    },
    theirs: true,
    ours: null,
  },
  {
    name: 'pathlen:0 kept',
    signature: () => ec.sign(content, {}, below(below(ec.root, 'pl0', ca('pathlen:0')), 'below-pl0')),
    theirs: true,
    ours: null,
  },
  {
    name: 'pathlen:0 exceeded',
    signature: () => {
      const first = below(ec.root, 'pl0-first', ca('pathlen:0'))
      return ec.sign(content, {}, below(below(first, 'pl0-second', ca()), 'below-pl0-second'))
    },
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'pathlen of the anchor exceeded',
    signature: () => {
      const root = makeIdentity(directory, 'pl-root', { extensions: ca('pathlen:0') })
      return signDetached(content, below(below(root, 'pl-root-ca', ca()), 'pl-root-leaf'))
    },
    anchor: () => ({ ...ec.root, certificate: join(directory, 'pl-root.pem') }),
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'a critical extension nobody knows',
    signature: () => {
      const signer = below(ec.root, 'critical', [...signerExtensions, '1.2.3.4=critical,ASN1:NULL'])
      return ec.sign(content, {}, signer)
    },
    theirs: false,
    ours: 'TRUST_CHAIN',
  },
  {
    name: 'an unknown extension that is not critical',
    signature: () =>
      ec.sign(content, {}, below(ec.root, 'uncritical', [...signerExtensions, '1.2.3.4=ASN1:NULL'])),
    theirs: true,
    ours: null,
  },
  {
    name: 'key usages that do not fit (as -purpose any)',
    signature: () =>
      ec.sign(
        content,
        {},
        below(ec.root, 'tls', ['keyUsage=critical,keyAgreement', 'extendedKeyUsage=critical,serverAuth']),
      ),
    theirs: true,
    ours: null,
  },
  {
    name: 'a signer without extensions',
    signature: () => ec.sign(content, {}, below(ec.root, 'bare', [])),
    theirs: true,
    ours: null,
  },
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
    signature: () => ec.sign(content, {}, below(below(ec.root, 'pinned-ca', caExtensions), 'below-pinned')),
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

describe('our verdict beside that of openssl cms -verify', () => {
  it.each(cases)('$name', (row) => {
    const signature = row.signature()
    const anchor = (row.anchor?.() ?? ec.root).certificate
    expect(opensslAccepts(signature, anchor, row.options)).toBe(row.theirs)

    const anchors = readAnchors([{ text: readFileSync(anchor, 'utf8'), path: anchor }])
    const verdict = () => verifySignature(content, signature, anchors, { ...policy, ...row.policy })
    if (row.ours !== null) {
      expect(verdict).toThrowError(expect.objectContaining({ constructor: DefsError, code: row.ours }))
      return
    }
    expect(verdict()).toMatchObject({
      anchorFingerprint: anchors[0]?.fingerprint,
      expired: row.expired ?? false,
      ...(row.method ? { method: row.method } : {}),
    })
  })

  it('accepts nothing that openssl refuses', () => {
    expect(cases.filter((row) => !row.theirs && row.ours === null)).toEqual([])
  })
})
