import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkFiles } from '../../src/config/check/files.ts'
import { checkConfig } from '../../src/config/resolve.ts'
import { writeValue } from '../../src/config/show-value.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-sinks-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Reads a configuration whose `events` are these. */
function read(events: string, env: Record<string, string> = {}) {
  const file = join(folder, 'defs.yaml')
  writeFileSync(file, `events:\n${events.replace(/^/gm, '  ')}\n`, { mode: 0o640 })
  return checkConfig({ file, env, cwd: folder, home: folder, uid: null, secrets: true })
}

const problemsOf = async (sink: string) => (await read(`sinks: [${sink}]`)).problems.map(({ path }) => path)
const mail = 'kind: mail, from: defs@host.test, to: [a@example.test]'

describe('events.sinks', () => {
  it('is read kind by kind', async () => {
    const { config, problems, warnings } = await read(`sinks:
  - { kind: syslog, address: 'tls://logs.test', facility: local2, authorities: ca.pem, events: [30, 399, source.left] }
  - { kind: journald, level: warning, coalesce: 0s }
  - { kind: windows-event-log, name: windows }
  - { kind: webhook, url: 'https://u:p%40@hook.test/x', secretFile: key, retries: 0 }
  - { kind: command, argv: [/bin/true, x], timeout: 2s }
  - { ${mail}, username: u, passwordVariable: MAIL_PASSWORD, events: ['licence.*'] }
  - { kind: command, argv: [/bin/false] }`)
    expect([problems, warnings]).toEqual([[], []])
    expect(config.events.sinks).toMatchObject([
      {
        name: 'syslog',
        address: { protocol: 'tls', host: 'logs.test', port: 6514 },
        facility: 'local2',
        authorities: join(folder, 'ca.pem'),
        events: ['definitions.updated', 'definitions.rolled-back', 'source.left'],
        level: 'information',
        coalesce: 600_000,
      },
      { name: 'journald', level: 'warning', coalesce: 0, events: null },
      { name: 'windows' },
      {
        url: 'https://hook.test/x',
        username: 'u',
        password: 'p@',
        secret: { file: join(folder, 'key'), variable: null },
        retries: 0,
      },
      { name: 'command', argv: ['/bin/true', 'x'], timeout: 2000 },
      { name: 'mail', port: 587, tls: 'starttls', level: 'information' },
      { name: 'command-2', timeout: 30_000 },
    ])
    expect(config.events.sinks[5]?.events).toContain('licence.expired')
  })

  it('sends a mailbox warnings unless events are named', async () => {
    const { config } = await read(`sinks: [{ ${mail} }, { ${mail}, events: [30] }, { ${mail}, tls: none }]`)
    expect(config.events.sinks.map(({ level }) => level)).toEqual(['warning', 'information', 'warning'])
    expect(config.events.sinks).toMatchObject([{ port: 587 }, { port: 587 }, { port: 25 }])
  })

  it('shows no login', async () => {
    const { shown } = await read("sinks: [{ kind: webhook, url: 'https://u:s3cret@hook.test/x' }]")
    expect(shown.get('events.sinks')?.value).toEqual(['webhook'])
    const printed = [...shown.values()].map(({ value, type }) => writeValue(value, type)).join()
    expect(printed).toContain('hook.test')
    expect(printed).not.toContain('s3cret')
  })

  it('says when nobody would be told', async () => {
    const { problems, warnings } = await read('sinks: [{ kind: mail, from: a@b.test }]')
    expect([problems.length, warnings.length]).toEqual([0, 1])
  })

  it.each([
    ['{ kind: smtp }', 'kind'],
    ['{ address: x }', 'kind'],
    ['{ kind: syslog, adress: x }', 'adress'],
    ["{ kind: syslog, address: 'http://x' }", 'address'],
    ['{ kind: syslog, facility: local9 }', 'facility'],
    ['{ kind: journald, events: [31] }', 'events'],
    ['{ kind: journald, events: [none.*] }', 'events'],
    ['{ kind: journald, level: debug }', 'level'],
    ['{ kind: journald, coalesce: 10 }', 'coalesce'],
    ["{ kind: journald, name: '../x' }", 'name'],
    ['{ kind: webhook }', 'url'],
    ["{ kind: webhook, url: 'ftp://x/' }", 'url'],
    ['{ kind: webhook, url: "http://x/", secret: s3cret }', 'secret'],
    ['{ kind: command }', 'argv'],
    ['{ kind: command, argv: [] }', 'argv'],
    ['{ kind: command, argv: [x], timeout: 1h }', 'timeout'],
    ["{ kind: mail, from: 'a b@c' }", 'from'],
    ["{ kind: mail, from: a@b.test, to: ['x@y.test, z@y.test'] }", 'to'],
    ["{ kind: mail, from: a@b.test, to: ['x@y.test z@y.test'] }", 'to'],
    ["{ kind: mail, from: a@b.test, to: ['root', 'x@y.test'] }", 'to'],
    [`{ ${mail}, subject: '[SETT]' }`, 'subject'],
    [`{ ${mail}, body: 'x [set]' }`, 'body'],
    [`{ ${mail}, username: u }`, 'username'],
    [`{ ${mail}, password: s3cret }`, 'password'],
    [`{ ${mail}, host: mail.test, tls: none, username: u, passwordVariable: X }`, 'tls'],
  ])('%s has a problem with %s', async (sink, key) => {
    expect(await problemsOf(sink)).toEqual([`events.sinks[0].${key}`])
  })

  it('gives each sink its own name', async () => {
    expect(await problemsOf('{ kind: journald, name: a }, { kind: journald, name: a }')).toEqual([
      'events.sinks[1].name',
    ])
  })

  it('has no more than so many', async () => {
    expect(await problemsOf(Array(17).fill('{ kind: journald }').join(', '))).toEqual(['events.sinks'])
  })

  it('takes a body of several lines', async () => {
    const body = 'body: |\n      [TEXT]\n      on [HOST]\n'
    const { config, problems } = await read(
      `sinks:\n  - kind: mail\n    from: a@b.test\n    to: [c@d.test]\n    ${body}`,
    )
    expect(problems).toEqual([])
    expect(config.events.sinks[0]).toMatchObject({ body: '[TEXT]\non [HOST]\n' })
  })

  it('names variables that are ours to know, and files that must be there', async () => {
    const sinks = `sinks: [{ ${mail}, username: u, passwordVariable: DEFS_MAIL }, { kind: webhook, url: 'http://x/', secretFile: none }]`
    const { config, warnings } = await read(sinks, { DEFS_MAIL: 's3cret' })
    expect(warnings).toEqual([])
    const missing = (await checkFiles(config, () => null)).filter(({ path }) => path === 'events.sinks')
    expect(missing).toHaveLength(1)
  })
})

describe('events.journal', () => {
  it('is kept from a week to never', async () => {
    expect((await read('sourceName: x')).config.events.journal).toEqual({
      enabled: true,
      retention: null,
      maxBytes: 128 * 1024 * 1024,
    })
    const { config, shown } = await read('journal: { retention: 7d, maxBytes: 1MiB }')
    expect(config.events.journal).toMatchObject({ retention: 7 * 86_400_000, maxBytes: 1024 * 1024 })
    expect(shown.get('events.journal.retention')?.origin).toContain('defs.yaml:2')
    expect((await read('journal: { retention: never }')).config.events.journal.retention).toBeNull()
    const variable = await read('journal: { retention: 30d }', { DEFS_EVENTS_JOURNAL_RETENTION: 'never' })
    expect(variable.config.events.journal.retention).toBeNull()
  })

  it('may be switched off where a receiver takes its place, and not else', async () => {
    const off = 'journal: { enabled: false }'
    expect((await read(off)).problems.map(({ path }) => path)).toEqual(['events.journal.enabled'])
    const { problems, config } = await read(`${off}\nsinks: [{ kind: journald }]`)
    expect([problems, config.events.journal.enabled]).toEqual([[], false])
  })

  it.each([
    ['journal: { retention: 6d }', 'events.journal.retention'],
    ['journal: { retention: always }', 'events.journal.retention'],
    ['journal: { maxBytes: 10 }', 'events.journal.maxBytes'],
    ['journal: { maxbytes: 10MiB }', 'events.journal.maxbytes'],
    ['journal: 7d', 'events.journal'],
    ['jurnal: { retention: 7d }', 'events.jurnal'],
  ])('%s has a problem', async (events, path) => {
    expect((await read(events)).problems.map((problem) => problem.path)).toEqual([path])
  })
})

describe('the sender of mails', () => {
  const from = async (more: string) => {
    const { problems, config } = await read(`sinks: [{ kind: mail, to: [a@b.test]${more} }]`)
    const [sink] = config.events.sinks
    return problems[0]?.path ?? (sink?.kind === 'mail' ? sink.from : null)
  }

  it('may have a name, be a name, or be left out', async () => {
    const usual = `defs@${hostname()}`
    expect(await from('')).toEqual({ name: 'defs', address: usual })
    expect(await from(", from: 'Definition Updates'")).toEqual({ name: 'Definition Updates', address: usual })
    expect(await from(', from: a@b.test')).toEqual({ name: 'defs', address: 'a@b.test' })
    const named = { name: 'Definition Updates', address: 'a@b.test' }
    expect(await from(", from: 'Definition Updates <a@b.test>'")).toEqual(named)
    expect(await from(`, from: '"Definition Updates" <a@b.test>'`)).toEqual(named)
  })

  it.each(["'a b@c'", "'X <a b@c>'", "'<>'", "'a@b@c'"])('%s is none', async (text) => {
    expect(await from(`, from: ${text}`)).toBe('events.sinks[0].from')
  })
})

describe('the name of the event source', () => {
  const named = async (product: string, events: string) => {
    const file = join(folder, 'defs.yaml')
    writeFileSync(file, `${product}events:\n  ${events}\n`, { mode: 0o640 })
    const { config } = await checkConfig({
      file,
      env: {},
      cwd: folder,
      home: folder,
      uid: null,
      secrets: false,
    })
    return config.events.sourceName
  }

  it('is the name of a product that is known, where somebody says which it is', async () => {
    const exchange = 'Symantec Mail Security for Microsoft Exchange'
    expect(await named('', 'sinks: []')).toBe('defs')
    expect(await named('product: { name: SMSMSE }\n', 'sinks: []')).toBe(exchange)
    expect(await named('product: { name: savsmtp }\n', 'sinks: []')).toBe(
      'Symantec AntiVirus for SMTP Gateways',
    )
    expect(await named('product: { name: OTHER }\n', 'sinks: []')).toBe('defs')
    expect(await named('product: { name: SMSMSE }\n', 'sourceName: mine')).toBe('mine')
  })
})

describe('when and of what a sink tells', () => {
  it('is said by days, hours and groups of events', async () => {
    const text =
      "sinks: [{ kind: journald, events: [alerts, '401'], days: [sat, sun], hours: '22:00-06:00' }]"
    const { problems, config } = await read(text)
    expect(problems).toEqual([])
    expect(config.events.sinks[0]).toMatchObject({
      hours: { days: ['sat', 'sun'], from: 1320, until: 360, timeZone: null },
      events: expect.arrayContaining(['daemon.started', 'disk.low', 'scanner.failed']),
    })
    const [quiet] = (await read(`sinks: [{ ${mail} }]`)).config.events.sinks
    expect(quiet).toMatchObject({ level: 'warning', beside: expect.arrayContaining(['daemon.started']) })
    expect((await read(`sinks: [{ ${mail}, level: error }]`)).config.events.sinks[0]).not.toHaveProperty(
      'beside',
    )
  })

  it.each([
    ["{ kind: journald, hours: '8-18' }", 'hours'],
    ['{ kind: journald, days: [monday] }', 'days'],
    ['{ kind: snmp, version: 3 }', 'user'],
    ["{ kind: snmp, version: '3', user: u }", 'authFile'],
    ["{ kind: snmp, version: '3', user: u, authFile: a }", 'privFile'],
    ["{ kind: snmp, engine: '80' }", 'engine'],
    ["{ kind: snmp, oid: '1.x' }", 'oid'],
    ['{ kind: snmp, community: public }', 'community'],
  ])('%s has a problem with %s', async (sink, key) => {
    expect(await problemsOf(sink)).toContain(`events.sinks[0].${key}`)
  })
})
