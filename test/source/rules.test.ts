import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RulesConfig } from '../../src/config/config.ts'
import { openSource } from '../../src/source/kinds.ts'
import { readStatedDigest } from '../../src/source/rules.ts'
import { asking, codeOf, connect, md5, offered, sha256 } from './asking.ts'
import { fill, temporary } from './folder.ts'

let root: ReturnType<typeof temporary>
beforeEach(() => {
  root = temporary()
})
afterEach(() => root.remove())

const config = (change: Partial<RulesConfig> = {}, folders = ['site']): RulesConfig => ({
  name: 'et',
  kind: 'rules',
  username: null,
  password: null,
  tls: null,
  passwordFile: null,
  passwordVariable: null,
  urls: folders.map((folder) => pathToFileURL(join(root.path, folder, 'et open.tar.gz')).href),
  md5: false,
  allowUnsigned: false,
  minisign: null,
  pkcs7: false,
  sha256: null,
  signedDigest: false,
  rules: ['*.rules'],
  style: 'auto',
  least: 1,
  version: null,
  every: 0,
  ...change,
})
const ask = (change?: Partial<RulesConfig>, folders?: string[]) =>
  openSource(config(change, folders), connect).ask(asking())
const site = (files: Record<string, string>, folder = 'site') => fill(join(root.path, folder), files)
const pack = 'et open.tar.gz'

describe('what is asked for first', () => {
  it('is the MD5, which fetching then holds the pack against', async () => {
    site({ [`${pack}.md5`]: `${md5('x').toUpperCase()}  ${pack}\n` })
    const offer = offered(await ask({ md5: true, allowUnsigned: true }))
    expect(offer).toMatchObject({ set: null, sequence: null, grade: 'rapid', unguarded: { kind: 'rules' } })
    expect(offer.package).toMatchObject({
      name: pack,
      digests: [{ algorithm: 'md5', hex: md5('x') }],
      digestTries: 3,
    })
  })

  it('is the signature, whose time is only said so far', async () => {
    site({
      [`${pack}.minisig`]: 'untrusted comment: x\nxx\ntrusted comment: timestamp:1700000000\tfile:x\r\nxx\n',
    })
    expect(offered(await ask({ minisign: 'RW' }))).toMatchObject({
      sequence: { number: 1_700_000_000, signed: false },
      grade: 'certified',
    })
    site({ [`${pack}.sig`]: 'of PKCS#7' })
    expect(offered(await ask({ pkcs7: true })).sequence).toBeNull()
  })

  it('is nothing at all for a pinned pack', async () => {
    const offer = offered(await ask({ sha256: sha256('x') }))
    expect(offer.package.digests).toEqual([{ algorithm: 'sha256', hex: sha256('x') }])
  })

  it('tells of a change of the pack, and of what it is judged by', async () => {
    const fingerprints = new Set<string | null>()
    for (const content of ['one', 'two']) {
      site({ [`${pack}.minisig`]: content })
      for (const least of [1, 2])
        fingerprints.add(offered(await ask({ minisign: 'RW', least })).package.fingerprint)
      fingerprints.add(offered(await ask({ minisign: 'RW', username: 'anna' })).package.fingerprint)
    }
    expect(fingerprints.size).toBe(4)
    expect([...fingerprints]).not.toContain(null)
  })
})

describe('what is missing or wrong', () => {
  it.each([
    ['nothing is there', {}, { minisign: 'RW' }, 'SOURCE_NOT_FOUND'],
    ['no signature is there', { [pack]: 'x' }, { minisign: 'RW' }, 'TRUST_SIGNATURE_MISSING'],
    ['no signature of PKCS#7 is there', { [pack]: 'x' }, { pkcs7: true }, 'TRUST_SIGNATURE_MISSING'],
    ['no MD5 is there', { [pack]: 'x' }, { md5: true }, 'SOURCE_NOT_FOUND'],
    ['the MD5 is a page', { [`${pack}.md5`]: '<!DOCTYPE html>' }, { md5: true }, 'INDEX_HTML'],
    ['the MD5 is none', { [`${pack}.md5`]: 'soon' }, { md5: true }, 'INDEX_INVALID'],
    [
      'the signature has no end',
      { [`${pack}.minisig`]: 'x'.repeat(300_000) },
      { minisign: 'RW' },
      'INDEX_TOO_LARGE',
    ],
  ] as const)('%s', async (_, files, change, code) => {
    site({ 'README.txt': 'x', ...files })
    expect(await codeOf(ask(change))).toBe(code)
  })

  it('at one address is asked for at the next', async () => {
    site({ 'README.txt': 'x' }, 'first')
    site({ [pack]: 'the pack', [`${pack}.minisig`]: 'x' }, 'second')
    const offer = offered(await ask({ minisign: 'RW' }, ['first', 'second']))
    expect(offer.failedHosts).toHaveLength(1)
    // Pack and signature of one host: the other is asked for both.
    expect(offer.package.remotes.map(({ url }) => url)).toEqual([expect.stringContaining('second')])
  })
})

it.each([
  [`${'a'.repeat(32)}`, 'a'.repeat(32)],
  [`${'A'.repeat(32)}\r\n`, 'a'.repeat(32)],
  [`${'a'.repeat(32)}  emerging.rules.tar.gz\n`, 'a'.repeat(32)],
  [`${'a'.repeat(32)} *emerging.rules.tar.gz\n`, 'a'.repeat(32)],
  [`\ufeff${'a'.repeat(32)}`, 'a'.repeat(32)],
  [`MD5 (emerging.rules.tar.gz) = ${'a'.repeat(32)}\n`, 'a'.repeat(32)],
  [`MD5(emerging.rules.tar.gz)= ${'a'.repeat(32)}\n`, 'a'.repeat(32)],
  [`SHA256 (x x) = ${'c'.repeat(64)}\nMD5 (x x) = ${'a'.repeat(32)}\n`, 'a'.repeat(32)],
  [`# of today\n${'b'.repeat(32)}  y\n${'a'.repeat(32)}  ./new/x x\n`, 'a'.repeat(32)],
  [`${'b'.repeat(32)} y\n${'a'.repeat(32)}  x x\n${'b'.repeat(32)} z\n`, 'a'.repeat(32)],
  [`${'b'.repeat(32)}  y\n${'a'.repeat(32)}  z\n`, null],
  [`${'b'.repeat(32)}  x x\n${'a'.repeat(32)}  x x\n`, null],
  [`${'a'.repeat(32)}  x x\nand a word\n`, null],
  [`${'a'.repeat(32)}\n${'b'.repeat(32)}\n`, null],
  ['a'.repeat(31), null],
  ['a'.repeat(64), null],
  ['', null],
])('the digest of %j', (text, hex) => {
  const read = () => readStatedDigest(Buffer.from(text), 32, 'http://host/x%20x.md5')
  if (hex === null) expect(read).toThrow(expect.objectContaining({ code: 'INDEX_INVALID' }))
  else expect(read()).toBe(hex)
})
