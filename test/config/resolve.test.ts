import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/resolve.ts'
import { limits } from '../../src/limits.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-resolve-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface More {
  readonly env?: Record<string, string>
  readonly flags?: Record<string, string>
  readonly secrets?: boolean
}

function load(text: string | null, { env = {}, flags = {}, secrets = false }: More = {}) {
  mkdirSync(join(folder, 'etc'), { recursive: true })
  const file = text === null ? null : join(folder, 'etc', 'defs.yaml')
  if (file !== null) writeFileSync(file, text ?? '')
  return loadConfig({ file, env, flags, secrets, cwd: folder, home: folder, uid: null, system: folder })
}

const sample = `
store:    { root: /var/lib/defs, keep: 3, layout: hawking }
product:  { name: SMSMSE, version: 6.5.8 }
trust:    { anchors: [trust/root.pem], tufRoot: trust/root.json }
default:  liveupdate
fallback: [internal, updater]
sources:
  liveupdate: { kind: liveupdate, hosts: ['http://127.0.0.1:8080/', 'ftp://127.0.0.1:2121/'], product: 'SMSMSE Virus Definitions', version: '6.5', language: symalllanguages }
  rapid:      { kind: rapid-release, url: 'ftp://127.0.0.1:2121/AVDEFS/rapidrelease/', platform: core15-v5i32 }
  shared:     { kind: shared-sep, path: /opt/Symantec/virusdefs, sepVersion: 12.0, bits: 32 }
  updater:    { kind: intelligent-updater, url: 'ftp://127.0.0.1:2121/AVDEFS/', platform: v5i32 }
  internal:   { kind: internal, hosts: ['http://127.0.0.1:7070/'], version: 6.50 }
schedule:
  - { source: liveupdate, days: [tue, thu], first: '06:00', every: 4h }
  - { source: rapid, cron: '15 * * * *', jitter: 5m }
scanner:  { kind: direct }
maxAge:   36h
licence:  { file: licence.slf, required: true }
events:   { sourceName: defs, sinks: [] }
`

describe('the resolved configuration', () => {
  it('of no file is the defaults', async () => {
    const { config, shown } = await load(null)
    expect(config).toMatchObject({
      file: null,
      store: { root: '/var/lib/defs', keep: 3, layout: 'hawking', group: null, reserve: 64 * 1024 * 1024 },
      product: { name: 'SMSMSE', version: '6.5.8' },
      trust: { anchors: [], tufRoot: null, allowSha1: false, expired: 'accept' },
      default: null,
      scanner: { kind: 'direct' },
      maxAge: 36 * 3_600_000,
      licence: { file: null, required: false },
      events: { sourceName: 'defs', sinks: [] },
      network: { connectTimeout: limits.connect, stallTimeout: limits.stall, tries: limits.tries },
      limits: { package: limits.package, entries: limits.entries },
    })
    expect([...shown.values()].every(({ origin }) => origin === 'default')).toBe(true)
  })

  it('of the sample is what the sample says', async () => {
    const { config } = await load(sample)
    const at = (name: string) => join(folder, 'etc', name)
    expect(config.trust).toMatchObject({ anchors: [at('trust/root.pem')], tufRoot: at('trust/root.json') })
    expect(config.licence).toEqual({ file: at('licence.slf'), required: true, product: null })
    expect(config.fallback).toEqual(['internal', 'updater'])
    expect(config.sources.get('liveupdate')).toMatchObject({
      kind: 'liveupdate',
      hosts: ['http://127.0.0.1:8080/', 'ftp://127.0.0.1:2121/'],
      version: '6.5',
    })
    expect(config.sources.get('rapid')).toMatchObject({ urls: ['ftp://127.0.0.1:2121/AVDEFS/rapidrelease/'] })
    expect(config.sources.get('shared')).toMatchObject({
      sepVersion: '12.0',
      bits: 32,
      path: '/opt/Symantec/virusdefs',
    })
    expect(config.sources.get('internal')).toMatchObject({ channel: 'production', version: '6.50' })
    expect(config.schedule).toEqual([
      {
        source: 'liveupdate',
        publish: null,
        days: ['tue', 'thu'],
        first: '06:00',
        every: 14_400_000,
        cron: null,
        jitter: 0,
        enabled: true,
      },
      {
        source: 'rapid',
        publish: null,
        days: null,
        first: null,
        every: null,
        cron: '15 * * * *',
        jitter: 300_000,
        enabled: true,
      },
    ])
  })

  it('is frozen through and through', async () => {
    const { config } = await load(sample)
    const parts = [
      config,
      config.store,
      config.trust.anchors,
      config.schedule[0],
      config.sources.get('rapid'),
    ]
    expect(parts.map(Object.isFrozen)).toEqual([true, true, true, true, true])
  })

  it('takes a single source for the default', async () => {
    const { config } = await load(
      "trust: { anchors: [a] }\nsources: { one: { kind: rapid-release, url: 'ftp://h/' } }\n",
    )
    expect(config.default).toBe('one')
  })

  it('keeps a clamd that is reached over the network as it is', async () => {
    expect((await load('scanner: { kind: clamd, socket: "127.0.0.1:3310" }\n')).config.scanner).toMatchObject(
      {
        kind: 'clamd',
        conf: null,
        socket: '127.0.0.1:3310',
        timeout: 180_000,
        canary: null,
        restart: [],
      },
    )
    expect((await load('scanner: { kind: clamd, socket: clamd.ctl }\n')).config.scanner).toMatchObject({
      kind: 'clamd',
      conf: null,
      socket: join(folder, 'etc', 'clamd.ctl'),
      timeout: 180_000,
      canary: null,
      restart: [],
    })
  })
})

describe('flags, variables, file and defaults', () => {
  it('beat each other in this order, and the origin is told', async () => {
    const text = 'maxAge: 1h\nstore:\n  keep: 5\n'
    const steps = [
      await load(null),
      await load(text),
      await load(text, { env: { DEFS_MAX_AGE: '2h' } }),
      await load(text, { env: { DEFS_MAX_AGE: '2h' }, flags: { maxAge: '3h' } }),
    ]
    expect(steps.map(({ config }) => config.maxAge / 3_600_000)).toEqual([36, 1, 2, 3])
    const file = join(folder, 'etc', 'defs.yaml')
    expect(steps.map(({ shown }) => shown.get('maxAge')?.origin)).toEqual([
      'default',
      `${file}:1`,
      'variable DEFS_MAX_AGE',
      'flag',
    ])
    expect(steps[1]?.shown.get('store.keep')?.origin).toBe(`${file}:3`)
  })

  it('read variables by type, relative paths from the working directory', async () => {
    const { config } = await load(null, {
      env: {
        DEFS_STORE_ROOT: 'store',
        DEFS_STORE_KEEP: '7',
        DEFS_TRUST_ANCHORS: `a.pem${delimiter}/b.pem,c.pem`,
        DEFS_TRUST_ALLOW_SHA1: 'yes',
        DEFS_TRUST_TUF_ROOT: '',
        DEFS_LIMITS_PACKAGE: '1GiB',
        DEFS_NETWORK_NO_PROXY: 'localhost, .example',
      },
    })
    expect(config.store).toMatchObject({ root: join(folder, 'store'), keep: 7 })
    expect(config.trust).toMatchObject({
      anchors: [join(folder, 'a.pem'), '/b.pem', join(folder, 'c.pem')],
      allowSha1: true,
      tufRoot: null,
    })
    expect(config.limits.package).toBe(1024 ** 3)
    expect(config.network.noProxy).toEqual(['localhost', '.example'])
  })

  it('name the variable that is wrong', async () => {
    await expect(load(null, { env: { DEFS_STORE_KEEP: 'x', DEFS_DEFAULT: 'nobody' } })).rejects.toMatchObject(
      {
        code: 'CONFIG_INVALID',
        facts: {
          problems: [
            expect.stringMatching(/^store\.keep: .*DEFS_STORE_KEEP/),
            expect.stringMatching(/^default: .*DEFS_DEFAULT/),
          ],
        },
      },
    )
  })

  it('warn of a variable that means nothing', async () => {
    const { warnings } = await load(null, { env: { DEFS_STORE_ROTO: '/a', DEFS_CONFIG: '' } })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('DEFS_STORE_ROOT')
  })
})

describe('passwords', () => {
  const source = (keys: string) =>
    `trust: { anchors: [a] }\nsources:\n  x: { kind: liveupdate, hosts: ['ftp://anna:in-url@h/', 'http://h/'], ${keys} }\n`

  it('in an address are taken out of it', async () => {
    const { config, shown } = await load(source(''))
    expect(config.sources.get('x')).toMatchObject({
      hosts: ['ftp://h/', 'http://h/'],
      username: 'anna',
      password: 'in-url',
    })
    expect(JSON.stringify(shown.get('sources.x.hosts'))).toContain('ftp://h/')
  })

  it('come from a file or a variable when they are wanted', async () => {
    mkdirSync(join(folder, 'etc'))
    writeFileSync(join(folder, 'etc', 'pw'), 'from file \r\nsecond line\n')
    const password = async (keys: string, secrets: boolean) =>
      (await load(source(keys), { secrets, env: { SECRET: 'from variable' } })).config.sources.get('x')
        ?.password
    expect(await password('passwordFile: pw', true)).toBe('from file ')
    expect(await password('passwordVariable: SECRET', true)).toBe('from variable')
    expect(await password('passwordFile: absent', false)).toBe('in-url')
  })

  it('that cannot be had are a problem only when they are wanted', async () => {
    for (const keys of ['passwordFile: absent', 'passwordVariable: ABSENT']) {
      await expect(load(source(keys), { secrets: true })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
      await expect(load(source(keys))).resolves.toBeDefined()
    }
  })

  it('of the proxy likewise', async () => {
    const { config } = await load("network: { proxy: 'http://me:pw@proxy:3128' }\n", { secrets: true })
    expect(config.network).toMatchObject({
      proxy: 'http://proxy:3128/',
      proxyUsername: 'me',
      proxyPassword: 'pw',
    })
  })
})
