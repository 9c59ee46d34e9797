import { describe, expect, it } from 'vitest'
import type { ClamavConfig } from '../../../src/config/config.ts'
import { readCustomDatabase } from '../../../src/config/custom-database.ts'
import { type ErrorCode, isDefsError } from '../../../src/error.ts'
import { readFreshclamConf, takeOver } from '../../../src/source/clamav/freshclam-conf.ts'
import { reachWith } from '../../support/reach.ts'

const read = (...lines: string[]) =>
  readFreshclamConf(lines.join('\n'), 'freshclam.conf', ['main', 'daily', 'bytecode'])

function codeOf(...lines: string[]): ErrorCode | 'read' {
  try {
    read(...lines)
    return 'read'
  } catch (error) {
    if (isDefsError(error)) return error.code
    throw error
  }
}

const plain: ClamavConfig = {
  name: 'clam',
  kind: 'clamav',
  username: null,
  password: null,
  tls: null,
  passwordFile: null,
  passwordVariable: null,
  hosts: [],
  databases: null,
  custom: [],
  allowUnsigned: false,
  dns: null,
  resolver: null,
  sign: 'prefer',
  certificates: null,
  patches: true,
  freshclamConf: 'freshclam.conf',
}
const taken = (config: Partial<ClamavConfig>, ...lines: string[]) =>
  takeOver({ ...plain, ...config }, reachWith(), read(...lines), readCustomDatabase)

describe('reading a freshclam.conf', () => {
  it('has freshclam its own defaults', () => {
    expect(read('# nothing but a comment', '', 'DatabaseDirectory /var/lib/clamav')).toEqual({
      hosts: ['https://database.clamav.net'],
      dns: 'current.cvd.clamav.net',
      databases: ['main', 'daily', 'bytecode'],
      custom: [],
      patches: true,
      proxy: null,
      connectTimeout: null,
      receiveTimeout: null,
      userAgent: null,
      certificates: null,
      checks: null,
      fips: false,
      ignored: ['DatabaseDirectory'],
    })
  })

  it('reads what there is, mirrors in their order', () => {
    const conf = read(
      'DatabaseMirror first.example.org',
      '  DatabaseMirror   http://second.example.org/clam ',
      'DNSDatabaseInfo current.cvd.example.org',
      'ExtraDatabase safebrowsing',
      'ExcludeDatabase main',
      'Bytecode false',
      'ScriptedUpdates no',
      'HTTPProxyServer proxy.example.org',
      'HTTPProxyUsername someone',
      'HTTPProxyPassword "with a blank"',
      'ConnectTimeout 30',
      'ReceiveTimeout 0',
      'CVDCertsDirectory /etc/roots',
    )
    expect(conf).toMatchObject({
      hosts: ['https://first.example.org', 'http://second.example.org/clam'],
      dns: 'current.cvd.example.org',
      databases: ['daily', 'safebrowsing'],
      patches: false,
      proxy: { url: 'http://proxy.example.org:8080/', username: 'someone', password: 'with a blank' },
      connectTimeout: 30_000,
      receiveTimeout: null,
      certificates: '/etc/roots',
      ignored: [],
    })
    expect(read('HTTPProxyServer https://proxy.example.org', 'HTTPProxyPort 3128').proxy?.url).toBe(
      'https://proxy.example.org:3128/',
    )
  })

  it('has private mirrors instead of public ones, without DNS and patches', () => {
    expect(read('DatabaseMirror public.example.org', 'PrivateMirror inside.example.org')).toMatchObject({
      hosts: ['http://inside.example.org'],
      dns: null,
      patches: false,
    })
  })

  it('refuses what means nothing', () => {
    expect(codeOf('Example')).toBe('CONFIG_INVALID')
    expect(codeOf('# Example')).toBe('read')
    expect(codeOf('DatabaseMirror ftp://mirror.example.org')).toBe('CONFIG_INVALID')
    expect(codeOf('ExtraDatabase ../../etc/passwd')).toBe('CONFIG_INVALID')
    expect(codeOf('HTTPProxyServer socks4://proxy.example.org')).toBe('CONFIG_INVALID')
    expect(codeOf('HTTPProxyServer proxy.example.org', 'HTTPProxyPort many')).toBe('CONFIG_INVALID')
  })
})

describe('taking it over', () => {
  it('lets what the source says itself go first', () => {
    const { config } = taken(
      { hosts: ['http://127.0.0.1/'], databases: ['daily'], certificates: ['/own.pem'] },
      'DatabaseMirror mirror.example.org',
      'ExtraDatabase more',
      'CVDCertsDirectory /etc/roots',
    )
    // The record of the public mirrors says nothing of another one.
    expect(config).toMatchObject({ hosts: ['http://127.0.0.1/'], databases: ['daily'], dns: null })
    expect(config.certificates).toEqual(['/own.pem'])
  })

  it('fills in the rest, and how the mirror is reached', () => {
    const { config, reach } = taken(
      {},
      'HTTPProxyServer http://127.0.0.1:1',
      'HTTPUserAgent us',
      'ConnectTimeout 7',
    )
    expect(config).toMatchObject({ dns: 'current.cvd.clamav.net', patches: true, certificates: null })
    expect(reach).toMatchObject({ connectTimeout: 7000, stallTimeout: 5000, userAgent: 'us' })
    expect(reach.proxy).toEqual({ url: 'http://127.0.0.1:1/', username: null, password: null })
  })

  it('takes unsigned files only from who allows it or pins them', () => {
    const line = 'DatabaseCustomURL http://127.0.0.1/rules/own.ndb'
    const url = 'http://127.0.0.1/rules/own.ndb'
    const file = { file: 'own.ndb', url, sha256: null, every: 0 }
    const pinned = { ...file, sha256: 'a'.repeat(64) }
    expect(taken({}, line)).toMatchObject({
      config: { custom: [] },
      notes: [expect.stringContaining('own.ndb')],
    })
    expect(taken({ allowUnsigned: true }, line)).toMatchObject({ config: { custom: [file] }, notes: [] })
    expect(taken({ custom: [pinned] }, line)).toMatchObject({ config: { custom: [pinned] }, notes: [] })
    expect(
      taken({ allowUnsigned: true }, 'DatabaseCustomURL http://127.0.0.1/daily.cvd').config.custom,
    ).toEqual([])
  })

  it('takes one of two addresses for the same name, and says so, unless custom tells them apart', () => {
    const [one, two] = ['http://127.0.0.1/one/own.ndb', 'http://127.0.0.1/two/own.ndb']
    const lines = [`DatabaseCustomURL ${one}`, `DatabaseCustomURL ${two}`]
    const read = (url: string, file: string) => ({ file, url, sha256: null, every: 0 })
    expect(taken({ allowUnsigned: true }, ...lines)).toMatchObject({
      config: { custom: [read(one, 'own.ndb')] },
      notes: [expect.stringContaining('names own.ndb once more')],
    })
    const apart = taken({ allowUnsigned: true, custom: [read(two, 'other.ndb')] }, ...lines)
    expect(apart).toMatchObject({
      config: { custom: [read(two, 'other.ndb'), read(one, 'own.ndb')] },
      notes: [],
    })
  })

  it('says what it leaves', () => {
    expect(taken({}, 'NotifyClamd /x', 'Checks 24').notes).toEqual([
      expect.stringMatching(/NotifyClamd, Checks/),
    ])
  })
})
