import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hasClamscan, line, malformed } from '../gate/world.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { runDefs, startDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let config: string
beforeEach(async () => {
  vendor = await startVendor()
  config = vendor.configure()
})
afterEach(() => vendor.close())

const defs = (...args: string[]) => runDefs([...args, '--json', '--config', config])
const update = (...args: string[]) => defs('update', ...args)
const files = (content: Readonly<Record<string, string>>) =>
  new Map(Object.entries(content).map(([name, text]) => [name, Buffer.from(text)]))
const outcome = (run: { json: { gate: { check: string; outcome: string }[] } }, check: string) =>
  run.json.gate.find((one) => one.check === check)?.outcome
const packages = () => vendor.http.requests.filter(({ url }) => url.includes('jtun')).length

const good = { 'evil.ndb': line('Test.Evil', 'evil payload') }

/** Puts a first good set in place. */
async function live(content: Readonly<Record<string, string>> = good): Promise<void> {
  vendor.certify({ set: '20261120.003', sequence: 100, files: files(content) })
  expect((await update()).code).toBe(0)
}

/** Offers a second one. */
const offer = (content: Readonly<Record<string, string>>) =>
  vendor.certify({ set: '20261121.001', sequence: 101, files: files(content) })

function expectOldSetLive(): void {
  const definfo = '[DefDates]\r\nCurDefs=20261120.003\r\n'
  expect(readFileSync(join(vendor.store, 'VirusDefs', 'definfo.dat'), 'latin1')).toBe(definfo)
  expect(readFileSync(join(vendor.store, 'VirusDefs', 'current', 'v.grd')).length).toBeGreaterThan(0)
  expect(lookAt(vendor.store)).toEqual({
    current: '20261120.003',
    previous: undefined,
    sets: ['20261120.003'],
    leftovers: [],
    damage: [],
  })
}

/** Refused with exit code 7, barred and kept as evidence; a second run does not fetch it again. */
async function expectRefused(check: string): Promise<void> {
  const run = await update()
  expect(run.json).toMatchObject({
    ok: false,
    exitCode: 7,
    changed: false,
    current: '20261120.003',
    error: { code: 'GATE_REFUSED' },
  })
  expect(outcome(run, check)).toBe('failed')
  expect(run.json.events).toEqual([1080, 1000])
  expectOldSetLive()
  const quarantine = join(vendor.store, 'state', 'quarantine')
  const [entry = ''] = readdirSync(quarantine)
  expect(existsSync(join(quarantine, entry, '20261121.001', 'v.grd'))).toBe(true)
  const fetched = packages()
  const again = await update()
  expect(again.json).toMatchObject({ exitCode: 0, changed: false, current: '20261120.003' })
  expect(again.json.reason).toMatch(/^barred/)
  expect(packages()).toBe(fetched)
  const status = await defs('status')
  expect(status.json.barred).toMatchObject([{ set: '20261121.001', user: 'gate', checks: [check] }])
}

describe('a set much smaller than the one before', () => {
  const large = { 'a.dat': 'a'.repeat(100_000), 'b.dat': 'b'.repeat(1000) }
  const small = { 'a.dat': 'a'.repeat(9000), 'b.dat': 'b'.repeat(1000) }

  it('is refused without any configuration, and taken when it is allowed by name', async () => {
    await live(large)
    offer(small)
    await expectRefused('size')
    const allowed = await update('--allow', '20261121.001')
    expect(allowed.json).toMatchObject({ exitCode: 0, changed: true, current: '20261121.001' })
    expect(allowed.json.events).toEqual([1081, 30, 25])
    expect(allowed.json.gate).toContainEqual(expect.objectContaining({ check: 'size', overruled: true }))
    expect((await defs('status')).json.barred).toEqual([])
    const shown = await defs('show', '20261121.001')
    expect(shown.json.provenance.gate).toContainEqual(
      expect.objectContaining({ check: 'size', overruled: true }),
    )
  })

  it('is taken with --force, too', async () => {
    await live(large)
    offer(small)
    expect((await update('--force')).json).toMatchObject({ changed: true, current: '20261121.001' })
  })

  it('is barred under any name, and other contents under its name are not', async () => {
    await live(large)
    offer(small)
    expect((await update()).code).toBe(7)
    vendor.certify({ set: '20261122.001', sequence: 102, files: files(small) })
    const renamed = await update()
    expect(renamed.json).toMatchObject({ exitCode: 0, changed: false, current: '20261120.003' })
    expect(renamed.json.reason).toMatch(
      /^barred: 20261122\.001: what stands in it is that of 20261121\.001: gate/,
    )
    expect(eventsOf(vendor.store).filter(({ id }) => id === 1080)).toHaveLength(1)
    const fetched = packages()
    expect((await update()).json).toMatchObject({ exitCode: 0, changed: false })
    expect(packages()).toBe(fetched)
    offer({ ...large, 'b.dat': 'mended' })
    expect((await update()).json).toMatchObject({ exitCode: 0, changed: true, current: '20261121.001' })
    expect((await defs('list')).json.sets[0]).toMatchObject({ set: '20261121.001', barred: false })
    expect((await defs('status')).json.verdict.reasons).toEqual([
      expect.objectContaining({ code: 'scanner-not-asked' }),
    ])
  })

  it('makes way for a newer one, which lifts the bar', async () => {
    await live(large)
    offer(small)
    expect((await update()).code).toBe(7)
    vendor.certify({ set: '20261121.002', sequence: 102, files: files(large) })
    const run = await update()
    expect(run.json).toMatchObject({ exitCode: 0, changed: true, current: '20261121.002' })
    expect(outcome(run, 'size')).toBe('passed')
    expect((await defs('status')).json.barred).toEqual([])
  })

  it('is compared with sets of its own grade only', async () => {
    await live(large)
    vendor.release({ set: '20261121.001', sequence: 101, files: files(small) })
    const run = await update('--source', 'rapid')
    expect(run.json).toMatchObject({ changed: true, grade: 'rapid' })
    expect(outcome(run, 'size')).toBe('off')
    // 70 % less: more than a rapid set may lose.
    const smaller = { 'a.dat': 'a'.repeat(2000), 'b.dat': 'b'.repeat(1000) }
    vendor.release({ set: '20261121.002', sequence: 102, files: files(smaller) })
    expect((await update('--source', 'rapid')).json).toMatchObject({
      exitCode: 7,
      current: '20261121.001',
    })
  })

  it('is refused from a bundle as well', async () => {
    await live(large)
    const bundle = join(vendor.directory, 'bundle.tar')
    offer(small)
    expect((await update('--force')).json).toMatchObject({ changed: true })
    expect((await defs('export', bundle, '--set', '20261121.001')).code).toBe(0)
    expect((await defs('rollback', '--reason', 'a test')).code).toBe(0)
    expect((await runDefs(['prune', '--keep', '2', '--json', '--config', config])).code).toBe(0)
    writeFileSync(join(vendor.store, 'state', 'bars.json'), '[]')
    const run = await defs('import', bundle)
    expect(run.json).toMatchObject({ exitCode: 7, error: { code: 'GATE_REFUSED' } })
    expect(lookAt(vendor.store)).toMatchObject({ current: '20261120.003', damage: [] })
  })
})

describe.skipIf(!hasClamscan)('a set that the engine is asked about', () => {
  beforeEach(() => {
    mkdirSync(join(vendor.directory, 'clean'))
    mkdirSync(join(vendor.directory, 'samples'))
    writeFileSync(join(vendor.directory, 'clean', 'invoice.eml'), 'Subject: invoice\n\nplease pay\n')
    writeFileSync(join(vendor.directory, 'samples', 'evil.bin'), 'an evil payload')
    config = vendor.configure('gate: { engine: clamscan, clean: [clean], detect: [samples] }\n')
  })

  it('passes when it is good, and says so', async () => {
    await live()
    offer({ 'evil.ndb': `${good['evil.ndb']}${line('Test.More', 'more of it')}` })
    const run = await update('--verbose')
    expect(run.json).toMatchObject({ exitCode: 0, changed: true, events: [30, 25] })
    for (const check of ['engine', 'detect', 'clean', 'size']) expect(outcome(run, check)).toBe('passed')
    expect(run.stderr).toContain('gate: clean: passed')
  })

  it('is refused when a line of it is malformed, even when it is forced or allowed', async () => {
    await live()
    offer({ 'evil.ndb': good['evil.ndb'] + malformed })
    await expectRefused('engine')
    expect((await update('--allow', '20261121.001')).code).toBe(7)
    expect((await update('--force')).code).toBe(7)
    expectOldSetLive()
  })

  it('is refused for a false positive until it is allowed', async () => {
    await live()
    offer({ 'evil.ndb': `${good['evil.ndb']}${line('Test.Eager', 'please pay')}` })
    await expectRefused('clean')
    const event = eventsOf(vendor.store).find(({ id }) => id === 1080)
    expect(JSON.stringify(event)).toContain('invoice.eml')
    expect(JSON.stringify(event)).toContain('Test.Eager')
    expect((await update('--force')).code).toBe(7)
    expect((await update('--allow', '20261121.001')).json).toMatchObject({ exitCode: 0, changed: true })
  })

  it('is refused when it misses what it must detect', async () => {
    await live()
    offer({ 'evil.ndb': line('Test.Other', 'something else') })
    await expectRefused('detect')
  })

  it('is refused on an empty store, and not fetched again in vain', async () => {
    offer({ 'evil.ndb': malformed })
    expect((await update()).code).toBe(7)
    expect(lookAt(vendor.store)).toMatchObject({ current: undefined, sets: [], leftovers: [] })
    const fetched = packages()
    expect((await update()).code).toBe(13)
    expect(packages()).toBe(fetched)
  })

  it('leaves the live set alone when that one is fetched again and refused', async () => {
    config = vendor.configure()
    await live({ 'evil.ndb': malformed })
    config = vendor.configure('gate: { engine: clamscan }\n')
    const run = await update('--force')
    expect(run.json).toMatchObject({ exitCode: 7, current: '20261120.003' })
    expectOldSetLive()
  })

  it('is tried again when the engine could not be run', async () => {
    await live()
    offer({ 'evil.ndb': `${good['evil.ndb']}${line('Test.More', 'more of it')}` })
    config = vendor.configure(`gate: { engine: clamscan, program: '${vendor.directory}/nowhere' }\n`)
    const run = await update()
    expect(run.json).toMatchObject({ exitCode: 7, changed: false, error: { code: 'GATE_REFUSED' } })
    expect(outcome(run, 'engine')).toBe('undecided')
    expectOldSetLive()
    expect((await defs('status')).json).toMatchObject({ barred: [], quarantined: 0 })
    config = vendor.configure('gate: { engine: clamscan }\n')
    expect((await update()).json).toMatchObject({ exitCode: 0, changed: true })
  })
})

describe.skipIf(process.platform === 'win32')('the command of the gate', () => {
  it('refuses, bars, and is told which set is live', async () => {
    await live()
    const told = join(vendor.directory, 'told')
    const script = `printf '%s' "$DEFS_CURRENT_DIR" > '${told}'; echo no such keyword; exit 2`
    config = vendor.configure(`gate: { command: [/bin/sh, -c, ${JSON.stringify(script)}, sh, '{set}'] }\n`)
    offer({ 'evil.ndb': line('Test.Other', 'something else, as long as before') })
    await expectRefused('command')
    expect(readFileSync(told, 'utf8')).toBe(join(vendor.store, 'VirusDefs', '20261120.003'))
  })

  it('may be interrupted: nothing half-done is left, and nothing is barred', async () => {
    await live()
    const begun = join(vendor.directory, 'begun')
    config = vendor.configure(`gate: { command: [/bin/sh, -c, 'touch ${begun}; sleep 60'] }\n`)
    offer({ 'evil.ndb': line('Test.Other', 'something else, as long as before') })
    const { child, ended } = startDefs(['update', '--json', '--config', config])
    await vi.waitFor(() => expect(existsSync(begun)).toBe(true), { timeout: 20_000, interval: 50 })
    child.kill('SIGINT')
    expect((await ended).code).toBe(130)
    expectOldSetLive()
    expect((await defs('status')).json.barred).toEqual([])
  })

  it('is over, and the run is interrupted while the scanner is told: that is nothing that the scanner refused', async () => {
    await live()
    const begun = join(vendor.directory, 'begun')
    config = vendor.configure(`scanner: { kind: command, argv: [/bin/sh, -c, 'touch ${begun}; sleep 60'] }\n`)
    offer({ 'evil.ndb': line('Test.Other', 'something else, as long as before') })
    const { child, ended } = startDefs(['update', '--json', '--config', config])
    await vi.waitFor(() => expect(existsSync(begun)).toBe(true), { timeout: 20_000, interval: 50 })
    child.kill('SIGTERM')
    const { code, json } = await ended
    expect([code, json.error.message]).toEqual([130, expect.stringContaining('nothing half-done')])
    // The new set is live by then.
    expect(lookAt(vendor.store)).toMatchObject({ current: json.current, damage: [], leftovers: [] })
    const told = eventsOf(vendor.store).map(({ id }) => id)
    expect(told).toContain(1010)
    expect(told).not.toContain(1007)
  })
})

describe('the configuration of the gate', () => {
  it('says when samples are named that nothing would scan', async () => {
    config = vendor.configure('gate: { clean: [clean] }\n')
    const run = await defs('config', 'check')
    expect(run.code).toBe(2)
    expect(JSON.stringify(run.json)).toContain('gate.clean')
  })
})
