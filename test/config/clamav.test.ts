import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkFiles } from '../../src/config/check/files.ts'
import type { ClamavConfig } from '../../src/config/config.ts'
import { readCustomDatabase } from '../../src/config/custom-database.ts'
import { checkConfig } from '../../src/config/resolve.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-clamav-config-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function checked(source: Record<string, unknown>) {
  const file = join(folder, 'defs.json')
  writeFileSync(file, JSON.stringify({ sources: { clam: { kind: 'clamav', ...source } } }))
  return checkConfig({ file, env: {}, cwd: folder, home: folder, uid: null, secrets: true })
}
const placesOf = async (source: Record<string, unknown>) =>
  (await checked(source)).problems.map(({ path }) => path.replace('sources.clam', '~'))
const hosts = ['http://127.0.0.1/clam']
const digest = 'AB'.repeat(32)

describe('a source of kind clamav', () => {
  it('needs no anchor, and has its defaults', async () => {
    const { config, problems } = await checked({ hosts: ['http://me:secret@127.0.0.1/clam', './mirror'] })
    expect(problems).toEqual([])
    const source = config.sources.get('clam') as ClamavConfig
    expect(source).toMatchObject({
      databases: null,
      sign: 'prefer',
      patches: true,
      dns: null,
      certificates: null,
    })
    expect(source).toMatchObject({ username: 'me', password: 'secret' })
    expect(source.hosts[0]).toBe('http://127.0.0.1/clam')
    expect(source.hosts[1]).toMatch(/^file:.*\/mirror$/)
  })

  it('needs a mirror, by itself or from a freshclam.conf', async () => {
    expect(await placesOf({})).toEqual(['~'])
    expect(await placesOf({ freshclamConf: '/etc/clamav/freshclam.conf' })).toEqual([])
    expect(await placesOf({ hosts: ['ftp://127.0.0.1/'] })).toContain('~.hosts')
  })

  it.each([
    ['databases', ['daily', '../main']],
    ['databases', []],
    ['databases', ['daily', 'daily']],
    ['dns', 'nothing'],
    ['resolver', 'name.server.example:53'],
    ['resolver', '127.0.0.1:99999'],
    ['sign', 'never'],
    ['custom', ['local.ndb']],
    ['custom', [`daily.cvd sha256:${digest}`]],
    ['custom', [`a.ndb sha256:${digest}`, `A.ndb sha256:${digest}`]],
  ])('is refused with %s %j', async (key, value) => {
    expect(await placesOf({ hosts, [key]: value })).toEqual([`~.${key}`])
  })

  it('takes resolvers by address, custom databases pinned, or as they come when that is allowed', async () => {
    expect(await placesOf({ hosts, resolver: '127.0.0.1:5353' })).toEqual([])
    expect(await placesOf({ hosts, resolver: '[::1]:53' })).toEqual([])
    expect(await placesOf({ hosts, custom: [`local.ndb sha256:${digest}`] })).toEqual([])
    expect(await placesOf({ hosts, custom: ['local.ndb'], allowUnsigned: true })).toEqual([])
  })

  it('has config check say which of its files cannot be read', async () => {
    const { config } = await checked({ freshclamConf: 'missing.conf', certificates: ['missing.pem'] })
    const problems = await checkFiles(config, () => null)
    expect(problems.map(({ path }) => path)).toEqual([
      'sources.clam.freshclamConf',
      'sources.clam.certificates',
    ])
  })
})

describe('an element of custom', () => {
  it('is a file of the mirror, or an address', () => {
    expect(readCustomDatabase(`local.ndb sha256:${digest}`)).toEqual({
      file: 'local.ndb',
      url: null,
      sha256: digest.toLowerCase(),
      every: 0,
    })
    expect(readCustomDatabase('https://127.0.0.1/rules/own%20.yar')).toBeTypeOf('string')
    expect(readCustomDatabase('https://127.0.0.1/rules/own.yar')).toMatchObject({
      file: 'own.yar',
      sha256: null,
    })
  })

  it('may be asked about now and then', () => {
    for (const words of [`every:4h sha256:${digest}`, `sha256:${digest} every:4h`])
      expect(readCustomDatabase(`local.ndb ${words}`)).toMatchObject({
        sha256: digest.toLowerCase(),
        every: 4 * 3_600_000,
      })
    expect(readCustomDatabase('local.ndb every:often')).toBeTypeOf('string')
  })

  it.each([
    ['https://host/lists/own.hdb?receipt=a1&list=b', 'own.hdb'],
    ['https://host/cgi/getfile?receipt=a1&list=b#own.ndb', 'own.ndb'],
    ['http://host/?list=1#own.yar', 'own.yar'],
  ])('may have a query, and a name of its own: %s', (text, file) => {
    const url = text.replace(/#.*/, '')
    expect(readCustomDatabase(text)).toEqual({ file, url, sha256: null, every: 0 })
    expect(readCustomDatabase(`${text} sha256:${digest}`)).toMatchObject({ file, url })
  })

  it.each([
    '../x.ndb',
    'readme.txt',
    'own.cud',
    'https://host/cgi/getfile?list=1',
    'https://host/x#../y.ndb',
    'ftp://host/x.ndb?a=1',
    'a b.ndb',
    'v.grd',
    'zdone.dat',
    'defs-canary.hsb',
    'noending',
    'gopher://x/y.ndb',
    'http://x/%zz.ndb',
  ])('is not %s', (text) => {
    expect(readCustomDatabase(text)).toBeTypeOf('string')
  })
})
