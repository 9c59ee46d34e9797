import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asNobody } from '../support/as-nobody.ts'
import { type Bench, openBench } from './world.ts'

const now = new Date('2026-11-21T18:00:00Z')
let bench: Bench
beforeEach(() => {
  bench = openBench()
  bench.put(
    'etc/defs.yaml',
    `store: { root: ../store }
trust: { anchors: [root.pem] }
default: live
fallback: [rapid]
sources:
  rapid: { kind: rapid-release, url: 'ftp://h/rapid/' }
  live: { kind: liveupdate, hosts: ['http://h/'] }
  other: { kind: shared-sep, path: /opt/defs }
`,
  )
})
afterEach(() => bench.remove())

const run = (line: string, uid = process.getuid?.() ?? null) => bench.run(line, { now: () => now, uid })
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Lays a set into the store as it would lie there; nothing here is signed, for nothing here is verified. */
function lay(set: string, more: { grade?: string; sequence?: number; signer?: string } | null = {}): void {
  const at = (name: string) => join('store', 'VirusDefs', set, name)
  bench.put(at('VIRSCAN1.DAT'), 'patterns')
  bench.put(
    at('v.grd'),
    `[GuardHeader]\r\n[File-virscan1.dat]\r\nSHA256=${sha256('patterns').toUpperCase()}\r\n`,
  )
  bench.put(at('v.sig'), 'signature')
  bench.put(at('zdone.dat'), '')
  if (more === null) return
  const provenance = {
    set,
    grade: more.grade ?? 'certified',
    sequence: more.sequence === undefined ? null : { number: more.sequence, signed: true },
    source: 'live',
    url: 'http://h/package.zip',
    packageSha256: null,
    signer: {
      name: more.signer ?? 'signer',
      fingerprint: 'aa',
      anchor: 'root',
      anchorFingerprint: 'bb',
      method: 'pkcs7 rsa-sha256',
      expired: false,
    },
    verifiedAt: '2026-11-21T06:00:01.000Z',
    stagedAt: '2026-11-21T06:00:02.000Z',
    bytes: 8,
    files: 3,
  }
  bench.put(`store/state/provenance/${set}.json`, JSON.stringify(provenance))
}

function point(current: string, previous?: string): void {
  const last = previous ? `LastDefs=${previous}\r\n` : ''
  bench.put('store/VirusDefs/definfo.dat', `[DefDates]\r\nCurDefs=${current}\r\n${last}`)
  bench.put('store/VirusDefs/usage.dat', `[${current}]\r\nSMSMSE=1\r\n`)
}

describe('status', () => {
  it('tells everything of a healthy store', async () => {
    lay('20261120.003')
    lay('20261121.001', { grade: 'rapid', sequence: 178_940 })
    point('20261121.001', '20261120.003')
    const attempt = { at: '2026-11-21T06:00:00.000Z', source: 'live', outcome: 'succeeded', error: null }
    bench.put('store/state/attempt.json', JSON.stringify(attempt))
    const { json } = await run('status --json')
    const { nextRuns, disk, ...others } = json
    // Nobody wrote a schedule: the default source is asked once a day.
    expect(nextRuns).toHaveLength(10)
    expect(disk.free).toBeGreaterThan(0)
    const asked = { coolingUntil: null, lastSuccess: null, failingSince: null }
    expect(others).toEqual({
      schema: 1,
      command: 'status',
      ok: true,
      exitCode: 0,
      verdict: {
        state: 'staged',
        since: now.toISOString(),
        reasons: [{ code: 'scanner-not-asked', message: expect.any(String), advice: null }],
      },
      current: '20261121.001',
      previous: '20261120.003',
      inUse: '20261121.001',
      grade: 'rapid',
      sequence: 178_940,
      ageSeconds: 18 * 3600,
      stale: false,
      condition: 'current',
      conditionReason: null,
      source: 'live',
      signedBy: 'signer',
      lastAttempt: attempt,
      lastSuccess: null,
      holds: [],
      barred: [],
      confirming: null,
      quarantined: 0,
      sets: 2,
      databases: [],
      updates: { runs: {}, lastDurationMs: null },
      licence: { state: 'not required', ends: null },
      licensed: true,
      uptime: null,
      startedAt: null,
      product: { name: 'SMSMSE', version: '6.5.8' },
      version: '0.1.0',
      certificates: [],
      paused: null,
      sources: [
        { name: 'rapid', kind: 'rapid-release', health: 'unknown', ...asked },
        { name: 'live', kind: 'liveupdate', health: 'unknown', ...asked },
        { name: 'other', kind: 'shared-sep', health: 'unknown', ...asked },
      ],
    })
    const { stdout } = await run('status')
    for (const part of ['11/21/2026 rev. 1', 'less tested', '18 h', 'signer']) expect(stdout).toContain(part)
  })

  it('ends with 9 when the set is older than allowed, by flag or by configuration, and prints it all the same', async () => {
    lay('20261120.003')
    point('20261120.003')
    expect((await run('status --json')).json).toMatchObject({
      exitCode: 9,
      ok: false,
      stale: true,
      current: '20261120.003',
      error: { code: 'STORE_STALE' },
    })
    expect((await run('status --max-age 43h')).code).toBe(0)
    expect((await run('status --max-age 42h')).code).toBe(0)
    expect((await run('status --max-age 41h')).code).toBe(9)
  })

  it('is never below nothing for a set of tomorrow', async () => {
    lay('20261122.001')
    point('20261122.001')
    expect((await run('status --json')).json).toMatchObject({ exitCode: 0, ageSeconds: 0 })
  })

  it('ends with 13 when there is no set, or none is current', async () => {
    expect((await run('status --json')).json).toMatchObject({
      exitCode: 13,
      current: null,
      ageSeconds: null,
      error: { code: 'STORE_NO_DEFINITIONS' },
    })
    lay('20261121.001')
    expect((await run('status --json')).json).toMatchObject({
      exitCode: 13,
      error: { code: 'STORE_POINTER' },
    })
    point('20261119.001')
    expect((await run('status --json')).json).toMatchObject({
      exitCode: 13,
      error: { code: 'STORE_POINTER' },
    })
  })

  it.skipIf(process.platform === 'win32')('tells a file and a loop of links from no sets', async () => {
    rmSync(join(bench.root, 'store'), { recursive: true, force: true })
    writeFileSync(join(bench.root, 'store'), 'a file')
    for (const command of ['status', 'list', 'prune --dry-run']) {
      const { json } = await run(`${command} --json`)
      expect(json).toMatchObject({ exitCode: 6, error: { code: 'STORE_IO' } })
      expect(json.error.message).toContain('is no folder')
    }
    expect((await run('status --nagios')).code).toBe(3)
    rmSync(join(bench.root, 'store'))
    symlinkSync('store', join(bench.root, 'store'))
    expect((await run('status --json')).json).toMatchObject({
      exitCode: 6,
      error: { code: 'STORE_IO' },
      verdict: { state: 'unknown', reasons: [{ code: 'facts-unreadable' }] },
    })
  })

  it.skipIf(process.platform === 'win32')('tells no rights from no sets', async () => {
    lay('20261121.001')
    chmodSync(join(bench.root, 'store', 'VirusDefs'), 0)
    const { code } = await asNobody(bench.root, () => run('status', process.geteuid?.()))
    chmodSync(join(bench.root, 'store', 'VirusDefs'), 0o755)
    expect(code).toBe(6)
  })

  it.skipIf(process.platform === 'win32')(
    'tells others what is written down, by the age they ask for',
    async () => {
      lay('20261121.001')
      point('20261121.001')
      const { json } = await run('status --json')
      expect(json).toMatchObject({ exitCode: 0, stale: false })
      bench.put('store/status.json', JSON.stringify({ ...json, asOf: now.toISOString() }))
      const state = join(bench.root, 'store', 'state')
      mkdirSync(state, { recursive: true })
      chmodSync(state, 0)
      const told = await asNobody(bench.root, async () => {
        const as = (line: string) => run(line, process.geteuid?.())
        const lines = ['status --json', 'status --json --max-age 1h', 'status --nagios --max-age 1h']
        return Promise.all([...lines, 'prune --dry-run --json'].map(as))
      })
      chmodSync(state, 0o755)
      expect(told.map(({ code }) => code)).toEqual([0, 9, 1, 6])
      expect(told[1]?.json).toMatchObject({
        stale: true,
        verdict: { state: 'stale' },
        asOf: now.toISOString(),
      })
      expect(told[3]?.json).toMatchObject({ error: { code: 'STORE_PERMISSION' } })
    },
  )

  // What is current, paused or cooling down would be missing: 'not seen before' (100), a schedule that goes on, a question
  // to a server that asked to be left alone.
  it.skipIf(process.platform === 'win32')('answers no question by half of what is known', async () => {
    lay('20261121.001')
    point('20261121.001')
    const state = join(bench.root, 'store', 'state')
    chmodSync(state, 0)
    const refused = await asNobody(bench.root, async () => {
      const lines = ['check --json', 'sources test live --json', 'schedule --json']
      return Promise.all(lines.map((line) => run(line, process.geteuid?.())))
    })
    chmodSync(state, 0o755)
    const error = { code: 'STORE_PERMISSION', message: expect.stringContaining(state), path: state }
    expect(refused.map(({ json }) => json)).toEqual(
      ['check', 'sources test', 'schedule'].map((command) =>
        expect.objectContaining({ command, exitCode: 6, error: expect.objectContaining(error) }),
      ),
    )
  })

  it('shows holds that last, bars, and sources that want to be left alone', async () => {
    lay('20261121.001')
    point('20261121.001')
    const by = { at: '2026-11-20T00:00:00.000Z', reason: 'test', user: 'anna' }
    bench.put(
      'store/state/holds.json',
      JSON.stringify([
        { ...by, set: '20261121.001', until: '2026-11-22T00:00:00.000Z' },
        { ...by, set: '20261120.001', until: '2026-11-20T12:00:00.000Z' },
      ]),
    )
    bench.put('store/state/bars.json', JSON.stringify([{ ...by, set: '20261119.001' }]))
    const asked = { offered: null, offeredSince: null, judged: null, index: null }
    const cooling = { 'ftp://h/rapid/': '2026-11-21T20:00:00.000Z' }
    bench.put(
      'store/state/sources.json',
      JSON.stringify({
        rapid: {
          ...asked,
          lastAttempt: by.at,
          lastSuccess: null,
          outcome: 'cooling-down',
          error: null,
          coolingUntil: cooling,
        },
        live: {
          ...asked,
          lastAttempt: by.at,
          lastSuccess: by.at,
          outcome: 'succeeded',
          error: null,
          coolingUntil: {},
        },
      }),
    )
    const { json } = await run('status --json')
    expect(json.holds).toMatchObject([{ set: '20261121.001' }])
    expect(json.barred).toMatchObject([{ set: '20261119.001' }])
    expect(json.lastSuccess).toBe(by.at)
    expect(json.sources).toMatchObject([
      { name: 'rapid', health: 'cooling-down', coolingUntil: '2026-11-21T20:00:00.000Z' },
      { name: 'live', health: 'good', coolingUntil: null },
      { name: 'other', health: 'unknown' },
    ])
    const { json: sources } = await run('sources --json')
    expect(sources.sources).toMatchObject([
      { name: 'live', order: 1, default: true, places: ['http://h/'] },
      { name: 'rapid', order: 2, default: false, health: 'cooling-down' },
      { name: 'other', order: null, places: ['/opt/defs'] },
    ])
  })

  it('lets no text from afar rule the terminal', async () => {
    lay('20261121.001', { signer: 'evil\u001b[2J\u009b\r\nlast try    all is well' })
    point('20261121.001')
    for (const line of ['status', 'list', 'show 20261121.001', 'status --json', 'show 20261121.001 --json']) {
      const { stdout } = await run(line)
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
    }
    expect((await run('status')).stdout).not.toMatch(/^last try {4}all is well/m)
  })
})

describe('list and show', () => {
  it('give one element a set, newest first', async () => {
    lay('20261120.003')
    lay('20261121.001', { sequence: 7 })
    lay('20261119.001', null)
    point('20261121.001', '20261120.003')
    const { json } = await run('list --json')
    expect(json.sets.map(({ set }: { set: string }) => set)).toEqual([
      '20261121.001',
      '20261120.003',
      '20261119.001',
    ])
    expect(json.sets[0]).toEqual({
      set: '20261121.001',
      current: true,
      previous: false,
      inUse: true,
      grade: 'certified',
      sequence: 7,
      bytes: 8,
      files: 3,
      stagedAt: '2026-11-21T06:00:02.000Z',
      source: 'live',
      held: false,
      barred: false,
    })
    expect(json.sets[2]).toMatchObject({ grade: null, source: null, files: 4 })
    expect((await run('list')).stdout.split('\n')).toHaveLength(5)
  })

  it('show the files with what the guard says of them, and where the set came from', async () => {
    lay('20261121.001')
    const { json, code } = await run('show 20261121.001 --json')
    expect(code).toBe(0)
    expect(json.files).toEqual([
      { name: 'VIRSCAN1.DAT', bytes: 8, sha256: sha256('patterns') },
      { name: 'v.grd', bytes: expect.any(Number), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { name: 'v.sig', bytes: 9, sha256: sha256('signature') },
      { name: 'zdone.dat', bytes: 0, sha256: sha256('') },
    ])
    expect(json.provenance).toEqual({
      source: 'live',
      url: 'http://h/package.zip',
      key: 'aa',
      method: 'pkcs7 rsa-sha256',
      verifiedAt: '2026-11-21T06:00:01.000Z',
      gate: [],
    })
  })

  it('refuse a set that is not there', async () => {
    expect((await run('show 20261121.001 --json')).json).toMatchObject({
      exitCode: 2,
      error: { code: 'STORE_UNKNOWN_SET' },
    })
    expect((await run('list --json')).json).toMatchObject({ exitCode: 0, sets: [] })
  })

  it('change nothing, not even a store that is not there', async () => {
    for (const line of ['status', 'list', 'sources', 'show 20261121.001']) await run(line)
    expect(readdirSync(bench.root)).not.toContain('store')
  })
})
