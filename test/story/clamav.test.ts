import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/clamav/open-database.ts'
import { loadConfig } from '../../src/config/resolve.ts'
import type { Context } from '../../src/context.ts'
import { DefsError } from '../../src/error.ts'
import { limits } from '../../src/limits.ts'
import type { SetName } from '../../src/set-name.ts'
import { type CheckResult, check } from '../../src/update/check.ts'
import type { UpdateResult } from '../../src/update/result.ts'
import type { UpdateRequest } from '../../src/update/run.ts'
import { update } from '../../src/update/update.ts'
import { type ClamavMirror, signAnew, startClamavMirror, vector } from '../support/clamav-mirror.ts'
import { clamavVectors } from '../support/clamd.ts'
import { type DnsServer, startDnsServer } from '../support/dns-server.ts'
import { canFake, runAt } from '../support/faketime.ts'
import { lookAt } from '../support/look.ts'
import { isInstalled, startNginx } from '../support/real-servers.ts'
import { program, runDefs } from '../support/run-defs.ts'

const testRoot = join(clamavVectors ?? '', 'clamav-TEST-root.crt')
const vendorRoot = join(clamavVectors ?? '', 'clamav-PRODUCTION-root.crt')
/** A moment at which the test root is valid, whatever the clock of this machine says. */
const validMoment = new Date('2026-06-01T12:00:00Z')
const sets = { 1: '20210622.001', 2: '20210622.002', 3: '20210623.003', 4: '20210623.004' } as const

let work: string
let store: string
let mirror: ClamavMirror
let notes: string[]
let clock: Date

beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'defs-clamav-'))
  store = join(work, 'store')
  mirror = await startClamavMirror()
  notes = []
  clock = validMoment
})
afterEach(async () => {
  await mirror.http.close()
  rmSync(work, { recursive: true, force: true })
})

/** Writes a configuration with this mirror as its only source; returns its path. */
// A database may lie there in either form, so the other one is asked for as well: a few bytes, or a 404.
const askedFor = () => mirror.asked().filter((name) => !name.endsWith('.cld'))

function configure(keys: Record<string, unknown> = {}, more: Record<string, unknown> = {}): string {
  const source = {
    kind: 'clamav',
    hosts: [mirror.url],
    databases: ['test'],
    certificates: [testRoot],
    ...keys,
  }
  const own = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined))
  const config = {
    store: { root: store, keep: 9 },
    network: { tries: 1 },
    maxAge: '36500d',
    sources: { clam: own },
    ...more,
  }
  const file = join(work, 'defs.json')
  writeFileSync(file, JSON.stringify(config))
  return file
}

function context(): Context {
  return {
    now: () => clock,
    sleep: async () => {},
    random: () => 0.5,
    signal: new AbortController().signal,
    emit: (report) => {
      if (report.type === 'note') notes.push(report.text)
    },
  }
}

const load = async (file: string) =>
  (await loadConfig({ file, env: {}, cwd: work, home: work, uid: null, secrets: true })).config

async function run(file = configure(), request: Partial<UpdateRequest> = {}): Promise<UpdateResult> {
  const all = {
    source: null,
    dryRun: false,
    force: false,
    allow: null,
    timeout: null,
    lockWait: 0,
    confirm: false,
  }
  return update({ ...all, ...request }, await load(file), context())
}

async function ask(file = configure()): Promise<CheckResult> {
  return check({ source: null, timeout: null }, await load(file), context())
}

/** The error that a run must end with. */
async function failed(running: Promise<unknown>): Promise<DefsError> {
  const outcome = await running.then(
    () => 'it ended well',
    (error: unknown) => error,
  )
  if (outcome instanceof DefsError) return outcome
  throw new Error('expected a DefsError', { cause: outcome })
}

const current = () => join(store, 'VirusDefs', lookAt(store).current ?? 'none')

/** Members of a database by name and digest, COPYING apart, which patches do not carry. */
async function membersOf(file: string): Promise<Record<string, string>> {
  const options = { limits, signal: new AbortController().signal }
  const { members } = await openDatabase(file, null, options)
  return Object.fromEntries(
    members.filter(({ name }) => name !== 'COPYING').map(({ name, sha256 }) => [name, sha256]),
  )
}

/** The live set holds this version, whole and sealed, with every member as the vendor published it. */
async function expectLive(version: 1 | 2 | 3 | 4, ending: 'cvd' | 'cld'): Promise<void> {
  expect(lookAt(store)).toMatchObject({ current: sets[version], leftovers: [], damage: [] })
  const file = join(current(), `test.${ending}`)
  expect(readdirSync(current()).filter((name) => /\.c[vl]d$/.test(name))).toEqual([`test.${ending}`])
  const genuine = join(clamavVectors ?? '', `test-${version}.cvd`)
  expect(await membersOf(file)).toEqual(await membersOf(genuine))
  if (ending === 'cvd') expect(readFileSync(file).equals(readFileSync(genuine))).toBe(true)
}

/** ClamAV's own programs take it, too. */
function expectLoaded(ending: 'cvd' | 'cld'): void {
  if (!isInstalled('clamscan')) return
  const scan = spawnSync('clamscan', ['-d', current(), '--no-summary', join(work, 'defs.json')])
  expect([scan.status, scan.stderr.toString()]).toEqual([0, ''])
  expect(execFileSync('sigtool', ['--info', join(current(), `test.${ending}`)]).toString()).toContain(
    'Verification OK',
  )
}

async function begin(version: 1 | 2 | 3 | 4 = 1): Promise<void> {
  mirror.publish(version)
  expect(await run()).toMatchObject({ changed: true, current: sets[version] })
  mirror.asked()
  notes.length = 0
}

describe.skipIf(!clamavVectors)('a ClamAV mirror', () => {
  it('is followed from 1 to 4 by patches, each step as the vendor published it', async () => {
    mirror.publish(1)
    expect(await run()).toMatchObject({
      changed: true,
      incremental: false,
      filesReused: 0,
      sequence: 1,
      signedBy: 'ClamAV TEST CVD Signing Cert',
      verifiedBy: 'pkcs7 rsa-sha256',
      events: [30, 25],
    })
    await expectLive(1, 'cvd')
    expect(askedFor()).toEqual(['test.cvd', 'test.cvd', 'test-1.cvd.sign'])
    for (const version of [2, 3, 4] as const) {
      mirror.publish(version)
      const result = await run()
      const bytes = vector(`test-${version}.cdiff`).length + vector(`test-${version}.cdiff.sign`).length
      expect(result).toMatchObject({
        changed: true,
        incremental: true,
        filesReused: 1,
        bytesDownloaded: bytes,
      })
      expect(result).toMatchObject({ sequence: version, signedBy: 'ClamAV TEST CVD Signing Cert' })
      await expectLive(version, 'cld')
      expectLoaded('cld')
      expect(askedFor()).toEqual(['test.cvd', `test-${version}.cdiff`, `test-${version}.cdiff.sign`])
    }
    expect(lookAt(store).sets).toEqual(Object.values(sets))
  })

  it('is followed over several versions at once', async () => {
    await begin(1)
    mirror.publish(4)
    expect(await run()).toMatchObject({ incremental: true, sequence: 4 })
    await expectLive(4, 'cld')
    expect(mirror.asked().filter((name) => name.endsWith('.cdiff'))).toEqual(
      [2, 3, 4].map((n) => `test-${n}.cdiff`),
    )
  })

  it('is followed by whole files when patches are off', async () => {
    for (const version of [1, 2, 3, 4] as const) {
      mirror.publish(version)
      expect(await run(configure({ patches: false }))).toMatchObject({ changed: true, incremental: false })
      await expectLive(version, 'cvd')
      expectLoaded('cvd')
    }
  })

  it('gets one small request for each form when nothing is new', async () => {
    await begin(4)
    expect(await run()).toMatchObject({
      changed: false,
      current: sets[4],
      bytesDownloaded: 0,
      events: [1001],
    })
    expect(mirror.http.requests.map(({ url }) => url)).toEqual(['/test.cvd', '/test.cld'])
    for (const { headers } of mirror.http.requests)
      expect(headers).toMatchObject({ range: 'bytes=0-511', 'cache-control': 'no-cache' })
    expect(await ask()).toMatchObject({ newer: false, offered: sets[4] })
  })

  it('may answer that request with the whole file', async () => {
    await begin(1)
    mirror.publish(2)
    mirror.http.faults.set('/test.cvd', (_, response) => response.writeHead(200).end(vector('test-2.cvd')))
    expect(await run()).toMatchObject({ changed: true, incremental: true })
  })
})

describe.skipIf(!clamavVectors)('several databases', () => {
  /** The test database under another name, as the vendor would have it. */
  function lay(name: string, version: number): void {
    mirror.files.set(`${name}.cvd`, vector(`test-${version}.cvd`))
    mirror.files.set(`${name}-${version}.cvd.sign`, vector(`test-${version}.cvd.sign`))
    if (version === 1) return
    for (const ending of ['cdiff', 'cdiff.sign'])
      mirror.files.set(`${name}-${version}.${ending}`, vector(`test-${version}.${ending}`))
  }

  it('are one set: what is unchanged is copied and never fetched; its revision is the version of daily', async () => {
    const file = configure({ databases: ['daily', 'other'] })
    lay('daily', 2)
    lay('other', 1)
    expect(await run(file)).toMatchObject({
      changed: true,
      current: '20210622.002',
      sequence: 3,
      filesReused: 0,
    })
    lay('daily', 3)
    mirror.asked()
    expect(await run(file)).toMatchObject({
      changed: true,
      current: '20210623.003',
      sequence: 4,
      incremental: true,
      filesReused: 2,
    })
    expect(askedFor()).toEqual(['daily.cvd', 'other.cvd', 'daily-3.cdiff', 'daily-3.cdiff.sign'])
    const names = [
      'daily.cld',
      'defs-canary.hsb',
      'other-1.cvd.sign',
      'other.cvd',
      'v.grd',
      'v.sig',
      'zdone.dat',
    ]
    expect(readdirSync(current()).sort()).toEqual(names)
    expect(readFileSync(join(current(), 'other.cvd')).equals(vector('test-1.cvd'))).toBe(true)
    // The set before stays as it was: nothing is shared.
    expect(lookAt(store)).toMatchObject({ previous: '20210622.002', damage: [] })
  })

  it('lose one that is no longer wanted, though the sum of the versions sinks', async () => {
    lay('daily', 3)
    lay('other', 2)
    await run(configure({ databases: ['daily', 'other'] }))
    const less = configure({ databases: ['daily'] })
    expect(await run(less)).toMatchObject({ changed: true, sequence: 3, current: '20210623.004' })
    expect(readdirSync(current()).some((name) => name.startsWith('other'))).toBe(false)
    expect(await run(less)).toMatchObject({ changed: false, reason: expect.stringMatching(/^same: /) })
    lay('daily', 4)
    expect(await run(less)).toMatchObject({ changed: true, sequence: 4 })
  })

  it('are refused together when one is bad, and nothing is changed', async () => {
    const file = configure({ databases: ['daily', 'other'] })
    lay('daily', 2)
    lay('other', 1)
    await run(file)
    lay('daily', 3)
    lay('other', 2)
    mirror.files.delete('other-2.cdiff')
    mirror.files.set('other-2.cvd.sign', vector('test-3.cvd.sign'))
    expect((await failed(run(file))).code).toBe('TRUST_SIGNATURE')
    expect(lookAt(store)).toMatchObject({ current: '20210622.002', sets: ['20210622.002'], leftovers: [] })
  })

  it('are missed at a mirror that lacks one, and the next mirror is asked', async () => {
    lay('daily', 2)
    const whole = join(work, 'whole')
    mkdirSync(whole)
    for (const name of ['test-2.cvd', 'test-2.cvd.sign'])
      cpSync(join(clamavVectors ?? '', name), join(whole, name.replace('test', 'daily')))
    cpSync(join(whole, 'daily-2.cvd'), join(whole, 'daily.cvd'))
    cpSync(join(clamavVectors ?? '', 'test-1.cvd'), join(whole, 'other.cvd'))
    const file = configure({ databases: ['daily', 'other'], hosts: [mirror.url, whole] })
    expect(await run(file)).toMatchObject({ changed: true, sequence: 3 })
    expect((await failed(run(configure({ databases: ['daily', 'missing'] })))).code).toBe('SOURCE_NOT_FOUND')
  })
})

describe.skipIf(!clamavVectors)('a patch that is of no use', () => {
  it.each([
    ['the last one missing', (files: Map<string, Uint8Array>) => files.delete('test-4.cdiff')],
    [
      'two missing',
      (files: Map<string, Uint8Array>) => files.delete('test-3.cdiff') && files.delete('test-4.cdiff'),
    ],
    ['an empty one', (files: Map<string, Uint8Array>) => files.set('test-3.cdiff', Buffer.alloc(0))],
    [
      'a cut one',
      (files: Map<string, Uint8Array>) => files.set('test-3.cdiff', vector('test-3.cdiff').subarray(0, 900)),
    ],
    [
      'one of another version',
      (files: Map<string, Uint8Array>) => files.set('test-3.cdiff', vector('test-4.cdiff')),
    ],
    [
      'a sign of another one',
      (files: Map<string, Uint8Array>) => files.set('test-3.cdiff.sign', vector('test-4.cdiff.sign')),
    ],
    [
      'a page',
      (files: Map<string, Uint8Array>) => files.set('test-3.cdiff', Buffer.from('<html>log in</html>')),
    ],
    [
      'one larger than the whole',
      (files: Map<string, Uint8Array>) => files.set('test-3.cdiff', Buffer.alloc(20_000, 'x')),
    ],
  ])('%s: the whole database is fetched instead, and that is an event', async (_, spoil) => {
    await begin(2)
    mirror.publish(4)
    spoil(mirror.files)
    expect(await run()).toMatchObject({
      changed: true,
      incremental: false,
      filesReused: 0,
      events: [1009, 30, 25],
    })
    await expectLive(4, 'cvd')
  })
})

describe.skipIf(!clamavVectors)('a mirror that is not what it says', () => {
  it('serves an older database than it advertises, but a newer than ours: taken, and the rest once it has it', async () => {
    await begin(1)
    mirror.publish(4, 3)
    mirror.files.delete('test-4.cdiff')
    expect(await run()).toMatchObject({ changed: true, current: sets[3] })
    mirror.publish(4)
    expect(await run()).toMatchObject({ changed: true, current: sets[4] })
  })

  it('has a damaged .cld beside a good .cvd: the good one is taken, older though it is', async () => {
    mirror.publish(3)
    const newer = readFileSync(join(clamavVectors ?? '', 'test-4.cvd'))
    mirror.files.set('test.cld', newer.subarray(0, 4000))
    expect(await run(configure())).toMatchObject({ changed: true, current: sets[3] })
    await expectLive(3, 'cvd')
  })

  it('advertises what it does not have and serves what is installed: nothing new, until it has it', async () => {
    await begin(3)
    mirror.publish(4, 3)
    mirror.files.delete('test-4.cdiff')
    expect(await run()).toMatchObject({ changed: false, current: sets[3], events: [1009, 1001] })
    expect(notes.join('\n')).toContain('behind')
    mirror.publish(4)
    expect(await run()).toMatchObject({ changed: true, current: sets[4] })
  })

  it('is behind what is installed: nothing new, and nothing is fetched', async () => {
    await begin(3)
    mirror.publish(2)
    expect(await run()).toMatchObject({ changed: false, current: sets[3], bytesDownloaded: 0 })
    expect(askedFor()).toEqual(['test.cvd'])
    expect(notes.join('\n')).toContain('behind')
  })

  it.each([
    ['a page where the database should be', 'INDEX_HTML', () => Buffer.from('<html>please log in</html>')],
    ['something else', 'ARCHIVE_UNKNOWN', () => Buffer.alloc(600, 'x')],
    ['a header cut off', 'ARCHIVE_TRUNCATED', () => vector('test-1.cvd').subarray(0, 100)],
  ])('has %s', async (_, code, bytes) => {
    mirror.publish(1)
    mirror.http.faults.set('/test.cvd', (_request, response) => response.writeHead(200).end(bytes()))
    expect(await failed(run())).toMatchObject({ code })
    expect(existsSync(join(store, 'VirusDefs', 'definfo.dat'))).toBe(false)
  })

  const flip = (bytes: Buffer, at: number) => Buffer.from(bytes).fill((bytes[at] ?? 0) ^ 1, at, at + 1)
  it.each([
    [
      'a changed byte, with its sign',
      /^TRUST_|^ARCHIVE_/,
      'prefer',
      () => flip(vector('test-1.cvd'), 4000),
      null,
    ],
    [
      'a changed byte, without one',
      /^TRUST_|^ARCHIVE_/,
      'prefer',
      () => flip(vector('test-1.cvd'), 4000),
      'gone',
    ],
    ['a cut end', /^ARCHIVE_|^TRUST_/, 'prefer', () => vector('test-1.cvd').subarray(0, 5000), 'gone'],
    [
      'the sign of another version',
      /^TRUST_SIGNATURE$/,
      'prefer',
      () => vector('test-1.cvd'),
      'test-2.cvd.sign',
    ],
    [
      'no sign where one is required',
      /^TRUST_SIGNATURE_MISSING$/,
      'require',
      () => vector('test-1.cvd'),
      'gone',
    ],
  ] as const)('serves a database with %s', async (_, code, sign, bytes, instead) => {
    mirror.publish(1)
    mirror.files.set('test.cvd', bytes())
    if (instead === 'gone') mirror.files.delete('test-1.cvd.sign')
    else if (instead !== null) mirror.files.set('test-1.cvd.sign', vector(instead))
    expect((await failed(run(configure({ sign })))).code).toMatch(code)
    expect(lookAt(store)).toMatchObject({ current: undefined, sets: [], leftovers: [] })
  })
})

describe.skipIf(!clamavVectors)('the policy for .sign', () => {
  it('takes a database on the legacy keys by default, and says so', async () => {
    mirror.publish(1)
    mirror.files.delete('test-1.cvd.sign')
    expect(await run()).toMatchObject({ changed: true, signedBy: "ClamAV's built-in keys" })
    expect(notes.join('\n')).toContain('built-in keys')
    const shown = await runDefs(['show', sets[1], '--json', '--config', configure()])
    expect(shown.json.provenance.databases).toEqual([
      { name: 'test', version: 1, method: 'legacy', signer: null, patches: 0 },
    ])
    // Neither patches nor copies make more of it than it was.
    mirror.publish(2)
    expect(await run()).toMatchObject({ incremental: true, signedBy: "ClamAV's built-in keys" })
    expect(await run()).toMatchObject({ changed: false, signedBy: "ClamAV's built-in keys" })
    // Once it is required, such a base does not do.
    mirror.publish(3)
    expect(await run(configure({ sign: 'require' }))).toMatchObject({
      incremental: false,
      signedBy: 'ClamAV TEST CVD Signing Cert',
    })
  })

  it('refuses a root that is not the one, and a chain whose time is over', async () => {
    mirror.publish(1)
    expect(await failed(run(configure({ certificates: [vendorRoot] })))).toMatchObject({
      code: 'TRUST_CHAIN',
    })
    clock = new Date('2027-03-27T12:00:00Z')
    expect(await failed(run())).toMatchObject({ code: 'TRUST_EXPIRED' })
    clock = validMoment
    expect(await run()).toMatchObject({ changed: true })
    // What was accepted once stays good when the root ends: the store's own seal says so.
    clock = new Date('2028-01-01T12:00:00Z')
    expect(await run()).toMatchObject({ changed: false, current: sets[1] })
  })

  it('wants roots in the folder that is named for them', async () => {
    mkdirSync(join(work, 'none'))
    mirror.publish(1)
    expect(await failed(run(configure({ certificates: [join(work, 'none')] })))).toMatchObject({
      code: 'TRUST_ANCHORS',
    })
  })
})

describe.skipIf(!clamavVectors)('a mirror that asks for quiet', () => {
  // An hour that a server names counts from the clock of this machine, so the root must be valid by it.
  let certificates: string[]
  beforeEach(async () => {
    const signed = signAnew(join(work, 'vendor'))
    certificates = [signed.rootPath]
    await mirror.http.close()
    mirror = await startClamavMirror(signed.file)
    clock = new Date()
  })
  const follow = () => run(configure({ certificates }))

  it.each([
    ['429 with Retry-After', 429, { 'retry-after': '600' }, 600_000],
    ['429 alone', 429, {}, 4 * 3_600_000],
    ['403', 403, {}, 24 * 3_600_000],
  ])('%s while it is asked', async (_, status, headers, wait) => {
    mirror.publish(1)
    await follow()
    mirror.asked()
    mirror.http.faults.set('*', (_request, response) => response.writeHead(status, headers).end())
    mirror.http.faults.delete('/test.cvd')
    const { code, facts } = await failed(follow())
    expect(code).toBe('SOURCE_COOLING_DOWN')
    expect(Math.abs((facts.until?.getTime() ?? 0) - clock.getTime() - wait)).toBeLessThan(60_000)
    mirror.asked()
    clock = new Date(clock.getTime() + wait - 60_000)
    expect((await failed(follow())).code).toBe('SOURCE_COOLING_DOWN')
    expect(askedFor()).toEqual([])
    clock = new Date(clock.getTime() + 180_000)
    expect((await failed(follow())).code).toBe('SOURCE_COOLING_DOWN')
    expect(askedFor()).toEqual(['test.cvd'])
  })

  it('but not for a .sign that a store of objects denies because it has none', async () => {
    mirror.files.set('test.cvd', vector('test-1.cvd'))
    mirror.http.faults.set('/test-1.cvd.sign', (_request, response) => response.writeHead(403).end())
    expect(await run(configure({ certificates, sign: 'prefer' }))).toMatchObject({ changed: true })
    expect(notes.join()).toMatch(/sign: require/)
  })

  it('when a patch is asked for: the whole database is not asked for instead, nor anything before its time', async () => {
    mirror.publish(1)
    await follow()
    mirror.asked()
    mirror.publish(2)
    mirror.http.faults.set('/test-2.cdiff', (_, response) =>
      response.writeHead(429, { 'retry-after': '600' }).end(),
    )
    expect((await failed(follow())).code).toBe('SOURCE_COOLING_DOWN')
    expect(askedFor()).toEqual(['test.cvd', 'test-2.cdiff'])
    expect((await failed(follow())).code).toBe('SOURCE_COOLING_DOWN')
    expect(askedFor()).toEqual([])
  })
})

describe.skipIf(!clamavVectors)('versions by DNS', () => {
  let dns: DnsServer
  beforeEach(async () => {
    dns = await startDnsServer()
  })
  afterEach(() => dns.close())
  const seconds = () => Math.floor(clock.getTime() / 1000)
  const common = (age = 0) => `1.4.6:62:27812:${seconds() - age}:1:90:49192:339`
  const byDns = () => configure({ dns: 'current.cvd.example.org', resolver: dns.address })

  it('spares the mirror every request when nothing is new, and the look at the header when something is', async () => {
    await begin(1)
    dns.records.set('current.cvd.example.org', common())
    dns.records.set('test.cvd.example.org', `1:${seconds()}`)
    expect(await run(byDns())).toMatchObject({ changed: false, current: sets[1] })
    expect(askedFor()).toEqual([])
    expect(dns.asked).toEqual(['current.cvd.example.org', 'test.cvd.example.org'])
    dns.records.set('test.cvd.example.org', `2:${seconds()}`)
    mirror.publish(2)
    expect(await run(byDns())).toMatchObject({ changed: true, incremental: true })
    expect(askedFor()).toEqual(['test-2.cdiff', 'test-2.cdiff.sign'])
  })

  it('is not believed when the record is old, and not needed when there is none', async () => {
    await begin(1)
    mirror.publish(2)
    dns.records.set('current.cvd.example.org', common(12 * 3600 + 60))
    dns.records.set('test.cvd.example.org', `1:${seconds()}`)
    expect(await run(byDns())).toMatchObject({ changed: true, current: sets[2] })
    mirror.publish(3)
    dns.records.clear()
    expect(await run(byDns())).toMatchObject({ changed: true, current: sets[3] })
  })

  it('is ahead of the mirror for a while: nothing large is fetched to find that out', async () => {
    await begin(1)
    dns.records.set('current.cvd.example.org', common())
    dns.records.set('test.cvd.example.org', `2:${seconds()}`)
    expect(await run(byDns())).toMatchObject({ changed: false, current: sets[1], bytesDownloaded: 0 })
    expect(askedFor()).toEqual(['test-2.cdiff', 'test.cvd'])
  })
})

describe.skipIf(!clamavVectors)('a freshclam.conf', () => {
  const only = (lines: string[]) => {
    const file = join(work, 'freshclam.conf')
    writeFileSync(file, `# made by hand\n${lines.join('\n')}\n`)
    return configure({ hosts: undefined, databases: undefined, certificates: undefined, freshclamConf: file })
  }

  it('is all the configuration that is needed', async () => {
    mkdirSync(join(work, 'certs'))
    cpSync(testRoot, join(work, 'certs', 'test.crt'))
    const file = only([
      `DatabaseMirror ${mirror.url}`,
      'DNSDatabaseInfo no',
      'ExcludeDatabase main',
      'ExcludeDatabase daily',
      'Bytecode no',
      'ExtraDatabase test',
      `CVDCertsDirectory ${join(work, 'certs')}`,
      'HTTPUserAgent our-site/1.0',
      'NotifyClamd /etc/clamav/clamd.conf',
      'SomethingNew yes',
    ])
    mirror.publish(1)
    expect(await run(file)).toMatchObject({ changed: true, signedBy: 'ClamAV TEST CVD Signing Cert' })
    expect(mirror.http.requests[0]?.headers['user-agent']).toBe('our-site/1.0')
    expect(notes.join('\n')).toMatch(/NotifyClamd, SomethingNew/)
    mirror.publish(2)
    expect(await run(file)).toMatchObject({ changed: true, incremental: true })
  })

  it('with a private mirror is followed by whole files, a .cld where there is no .cvd', async () => {
    mirror.publish(1)
    const bare = mirror.url.replace('http://', '').replace(/\/$/, '')
    const databases = [
      'ExcludeDatabase main',
      'ExcludeDatabase daily',
      'ExcludeDatabase bytecode',
      'ExtraDatabase test',
    ]
    const file = only([`PrivateMirror ${bare}`, ...databases])
    await run(configure())
    mirror.publish(2)
    expect(await run(configure())).toMatchObject({ incremental: true })
    const cld = readFileSync(join(current(), 'test.cld'))
    store = join(work, 'second')
    mirror.files.clear()
    mirror.files.set('test.cld', cld)
    mirror.http.faults.clear()
    const settings = only([`PrivateMirror ${bare}`, ...databases])
    expect(settings).toBe(file)
    expect(await run(settings)).toMatchObject({ changed: true, incremental: false, current: sets[2] })
    await expectLive(2, 'cld')
  })

  it.each([
    ['the line Example', ['Example', 'DatabaseMirror 127.0.0.1']],
    ['a mirror that is none', ['DatabaseMirror gopher://127.0.0.1/']],
    ['a proxy we cannot use', ['DatabaseMirror 127.0.0.1', 'HTTPProxyServer socks5://127.0.0.1']],
    ['a timeout that is no number', ['DatabaseMirror 127.0.0.1', 'ConnectTimeout soon']],
  ])('is refused for %s', async (_, lines) => {
    expect((await failed(run(only(lines)))).code).toBe('CONFIG_INVALID')
  })
})

describe.skipIf(!clamavVectors)('unsigned databases of a mirror', () => {
  const rule = 'Test.Rule:0:*:6465667320746573742072756c65\n'

  it('are taken pinned, copied while they stay the same, and left out when they are others', async () => {
    mirror.publish(1)
    mirror.files.set('local.ndb', Buffer.from(rule))
    const digest = createHash('sha256').update(rule).digest('hex')
    const file = configure({ custom: [`local.ndb sha256:${digest}`] })
    expect(await run(file)).toMatchObject({ changed: true, filesReused: 0 })
    expect(readFileSync(join(current(), 'local.ndb'), 'utf8')).toBe(rule)
    mirror.asked()
    expect(await run(file)).toMatchObject({ changed: false })
    expect(askedFor()).toEqual(['test.cvd'])
    mirror.publish(2)
    expect(await run(file)).toMatchObject({ changed: true, filesReused: 2 })
    mirror.files.set('local.ndb', Buffer.from(`${rule}#`))
    const other = configure({
      custom: [`local.ndb sha256:${digest.replace(/^./, (c) => (c === '0' ? '1' : '0'))}`],
    })
    expect(await run(other)).toMatchObject({ changed: true, events: expect.arrayContaining([1085]) })
    expect(existsSync(join(current(), 'local.ndb'))).toBe(false)
  })

  it('are refused unpinned, unless their owner allows it; then each change is a set of its own', async () => {
    mirror.publish(1)
    mirror.files.set('local.ndb', Buffer.from(rule))
    expect((await failed(load(configure({ custom: ['local.ndb'] })))).code).toBe('CONFIG_INVALID')
    const file = configure({ custom: ['local.ndb'], allowUnsigned: true })
    expect(await run(file)).toMatchObject({ changed: true, current: '20210622.001' })
    expect(notes.join('\n')).toContain('neither signed nor pinned')
    expect(await run(file)).toMatchObject({ changed: false, bytesDownloaded: 0 })
    mirror.files.set('local.ndb', Buffer.from(`${rule}Test.Other:0:*:6465667320746573747321\n`))
    expect(await run(file)).toMatchObject({ changed: true, current: '20210622.002', sequence: 1 })
    expect(await run(file)).toMatchObject({ changed: false, bytesDownloaded: 0 })
  })
})

describe.skipIf(!clamavVectors)('a set of databases is a set like any other', () => {
  const line = (...args: string[]) => runDefs([...args, '--json', '--config', configure()])

  it('is rolled back, barred, and not taken again until it is allowed', async () => {
    await begin(1)
    mirror.publish(2)
    await run()
    expect((await line('rollback', '--reason', 'false alarm')).json).toMatchObject({
      exitCode: 0,
      to: sets[1],
    })
    expect(await run()).toMatchObject({
      changed: false,
      current: sets[1],
      reason: expect.stringMatching(/^barred/),
    })
    expect(await run(configure(), { allow: sets[2] as SetName })).toMatchObject({
      changed: true,
      current: sets[2],
    })
    await expectLive(2, 'cld')
  })

  it('is held', async () => {
    await begin(1)
    expect((await line('hold')).code).toBe(0)
    mirror.publish(2)
    expect(await run()).toMatchObject({ changed: false, reason: expect.stringMatching(/^held/) })
    expect((await line('unhold')).code).toBe(0)
    expect(await run()).toMatchObject({ changed: true, current: sets[2] })
  })

  it('is verified, and when it is damaged the set before is current again', async () => {
    await begin(1)
    mirror.publish(2)
    await run()
    expect((await line('verify', '--all')).json).toMatchObject({
      exitCode: 0,
      sets: [{ ok: true }, { ok: true }],
    })
    writeFileSync(join(current(), 'test.cld'), 'damaged')
    expect((await line('verify')).code).toBe(5)
    expect((await line('verify', '--repair')).json).toMatchObject({ exitCode: 8, current: sets[1] })
    await expectLive(1, 'cvd')
    expect(await run()).toMatchObject({ changed: true, current: sets[2], incremental: true })
    await expectLive(2, 'cld')
  })

  it('is fetched anew without any condition when the only one is damaged', async () => {
    await begin(1)
    const file = join(current(), 'test.cvd')
    const damaged = readFileSync(file)
    damaged.write('99:', damaged.indexOf(':1:') + 1)
    writeFileSync(file, damaged)
    mirror.http.faults.set('/test.cvd', ({ headers }, response) => {
      if (headers['if-modified-since'] === undefined) return false
      return response.writeHead(304).end()
    })
    expect(await run()).toMatchObject({ changed: true, current: sets[1], events: [400, 30, 25] })
    await expectLive(1, 'cvd')
  })

  it('is listed, shown and pruned', async () => {
    for (const version of [1, 2, 3, 4]) {
      mirror.publish(version)
      await run(configure({}, { store: { root: store, keep: 2 } }))
    }
    const { json } = await line('list')
    expect(json.sets.map(({ set }: { set: string }) => set).toSorted()).toEqual([sets[3], sets[4]])
    const shown = await runDefs(['show', sets[4], '--config', configure()])
    expect(shown.stdout).toMatch(
      /database {2}test 4, \.sign of ClamAV TEST CVD Signing Cert, after 3 patches/,
    )
  })
})

describe.skipIf(!clamavVectors)('a set of databases that is passed on', () => {
  const env = { DEFS_KEYS_PASSPHRASE: 'correct horse battery' }
  const publisher = () => configure({}, { publish: { root: join(work, 'tree'), keys: join(work, 'keys') } })
  const line = (...args: string[]) => runDefs([...args, '--json', '--config', publisher()], { env })
  const far = (more: Record<string, unknown>) => {
    const file = join(work, 'far.json')
    writeFileSync(file, JSON.stringify({ store: { root: join(work, 'far') }, maxAge: '36500d', ...more }))
    return (...args: string[]) => runDefs([...args, '--json', '--config', file])
  }
  beforeEach(async () => {
    expect((await line('keys', 'init')).code).toBe(0)
    await begin(1)
  })

  it('is published under a guard that clients know, and updated by increments', async () => {
    const product = { product: 'SMSMSE Virus Definitions', version: '6.5', language: 'symalllanguages' }
    const internal = { kind: 'internal', hosts: [join(work, 'tree')], ...product }
    const client = far({
      trust: { anchors: [join(work, 'keys', 'trust', 'guard-root.pem')] },
      sources: { internal },
    })
    expect((await line('publish', '--channel', 'production')).json).toMatchObject({
      exitCode: 0,
      set: sets[1],
    })
    expect((await client('update')).json).toMatchObject({
      exitCode: 0,
      current: sets[1],
      changed: true,
      sequence: 1,
    })
    mirror.publish(2)
    await run(publisher())
    expect((await line('publish', '--channel', 'production')).json).toMatchObject({
      exitCode: 0,
      set: sets[2],
    })
    expect((await client('update')).json).toMatchObject({ exitCode: 0, current: sets[2], changed: true })
    const file = join(work, 'far', 'VirusDefs', sets[2], 'test.cld')
    expect(readFileSync(file).equals(readFileSync(join(current(), 'test.cld')))).toBe(true)
  })

  it.skipIf(!canFake)('is mirrored straight from its source as well', async () => {
    mirror.publish(2)
    const args = ['publish', '--from', 'clam', '--channel', 'production', '--json', '--config', publisher()]
    expect(JSON.parse(await runAt(validMoment, [program, ...args], env))).toMatchObject({
      exitCode: 0,
      set: sets[2],
    })
    // What is published is not installed.
    expect(lookAt(store)).toMatchObject({ current: sets[1], leftovers: [] })
    expect(mirror.asked()).toContain('test-2.cdiff')
  })

  it('is exported with --sign for those who know that guard, else for those who pin the store', async () => {
    const bundle = join(work, 'defs.bundle')
    const sources = { nobody: { kind: 'liveupdate', hosts: ['http://127.0.0.1:9/'] } }
    const client = far({ trust: { anchors: [join(work, 'keys', 'trust', 'guard-root.pem')] }, sources })
    expect((await line('export', bundle)).json).toMatchObject({ exitCode: 0, set: sets[1], signed: false })
    expect((await client('import', bundle)).json).toMatchObject({ exitCode: 5 })
    expect((await line('export', bundle, '--sign')).json).toMatchObject({
      exitCode: 0,
      set: sets[1],
      signed: true,
    })
    expect((await client('import', bundle)).json).toMatchObject({
      exitCode: 0,
      current: sets[1],
      sequence: 1,
    })
    // The file with the key is refused on the far side; the export names the one without.
    rmSync(join(work, 'far'), { recursive: true })
    const leaking = far({ trust: { anchors: [join(store, 'state', 'authority.pem')] }, sources })
    expect((await leaking('import', bundle)).json).toMatchObject({
      exitCode: 2,
      error: { code: 'TRUST_ANCHORS' },
    })
    const exported = await line('export', bundle)
    const certificate = join(store, 'state', 'authority-certificate.pem')
    expect([exported.code, exported.stderr]).toEqual([0, expect.stringContaining(certificate)])
    cpSync(certificate, join(work, 'store.pem'))
    const pinning = far({ trust: { anchors: [join(work, 'store.pem')] }, sources })
    expect((await pinning('import', bundle)).json).toMatchObject({ exitCode: 0, current: sets[1] })
  })
})

describe.skipIf(!clamavVectors || !isInstalled('nginx'))('nginx as a mirror', () => {
  it('is followed by patches and asked once when nothing is new', async () => {
    const data = join(work, 'data')
    mkdirSync(data)
    const lay = (version: number) => {
      for (const name of readdirSync(clamavVectors ?? ''))
        cpSync(join(clamavVectors ?? '', name), join(data, name))
      cpSync(join(clamavVectors ?? '', `test-${version}.cvd`), join(data, 'test.cvd'))
    }
    lay(1)
    const nginx = await startNginx(work, data)
    try {
      const file = configure({ hosts: [`http://127.0.0.1:${nginx.port}/`] })
      expect(await run(file)).toMatchObject({ changed: true })
      lay(3)
      expect(await run(file)).toMatchObject({ changed: true, incremental: true })
      await expectLive(3, 'cld')
      expect(await run(file)).toMatchObject({ changed: false, bytesDownloaded: 0 })
    } finally {
      await nginx.stop()
    }
  })
})
