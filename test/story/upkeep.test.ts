import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { licenceXml } from '../licence/slf.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { runDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

const [first, second, third] = ['20261118.001', '20261119.001', '20261120.003'] as const
// Whatever the day is on which the tests run.
const ageless = 'maxAge: 36500d\n'

let vendor: Vendor
let config: string
beforeEach(async () => {
  vendor = await startVendor()
  config = vendor.configure(ageless)
})
afterEach(() => vendor.close())

const defs = (...args: string[]) => runDefs([...args, '--json', '--config', config])
const fileOf = (set: string, name: string) => join(vendor.store, 'VirusDefs', set, name)

async function live(...sets: string[]): Promise<void> {
  for (const set of sets) {
    vendor.certify({ set })
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, current: set })
  }
}

function damage(set: string): void {
  chmodSync(fileOf(set, 'VIRSCAN1.DAT'), 0o640)
  writeFileSync(fileOf(set, 'VIRSCAN1.DAT'), 'something else')
}

describe('prune', () => {
  it('removes what is old, but neither what is named nor the newest good one', async () => {
    await live('20261116.001', '20261117.001')
    await live(first)
    // Only the sets at the top are bad: the third one is what the ladder would fall back to.
    damage('20261117.001')
    damage(first)
    const plan = await defs('prune', '--keep', '1', '--dry-run')
    expect(plan.json).toMatchObject({ exitCode: 0, dryRun: true, removed: [] })
    expect(plan.json.kept).toEqual([
      { set: first, why: 'current' },
      { set: '20261117.001', why: 'previous' },
      { set: '20261116.001', why: 'newest good' },
    ])
  })

  it('by count and by age, dry or not', async () => {
    await live(first, second, third)
    expect((await defs('prune', '--older-than', '1d', '--dry-run')).json.removed).toEqual([first])
    expect(lookAt(vendor.store).sets).toEqual([first, second, third])
    const run = await defs('prune', '--keep', '2')
    expect(run.json).toMatchObject({ exitCode: 0, dryRun: false, removed: [first] })
    expect(lookAt(vendor.store)).toMatchObject({ sets: [second, third], current: third, damage: [] })
    expect((await defs('doctor')).json).toMatchObject({ exitCode: 0, findings: [] })
  })
})

describe('doctor', () => {
  it('does not speak for the files of a set, and says who does', async () => {
    await live(first)
    damage(first)
    const { code, stdout } = await runDefs(['doctor', '--config', config])
    expect([code, stdout]).toEqual([0, expect.stringContaining("'defs verify' proves")])
  })

  it('brings a store back that was restored from a snapshot, and says what it did', async () => {
    await live(second, third)
    rmSync(join(vendor.store, 'VirusDefs', third), { recursive: true })
    const usage = join(vendor.store, 'VirusDefs', 'usage.dat')
    writeFileSync(usage, `[${third}]\r\nSMSMSE=1\r\nNAVCORP_70=1\r\n`)
    const lock = { pid: 999_999_999, started: '1', boot: null, host: hostname(), token: '0123456789abcdef' }
    const since = '2026-11-20T00:00:00Z'
    writeFileSync(join(vendor.store, 'state', 'lock'), JSON.stringify({ ...lock, since }))
    const before = readdirSync(vendor.store, { recursive: true, encoding: 'utf8' }).sort()
    const look = await defs('doctor')
    expect(look.json).toMatchObject({ exitCode: 6, ok: false })
    const found = look.json.findings.map(({ code }: { code: string }) => code)
    expect(found).toEqual(expect.arrayContaining(['lock-dead', 'pointer-dangling', 'usage-dangling']))
    expect(readdirSync(vendor.store, { recursive: true, encoding: 'utf8' }).sort()).toEqual(before)

    const repair = await defs('doctor', '--repair')
    expect(repair.json).toMatchObject({ exitCode: 0, ok: true })
    expect(repair.json.findings.every(({ repaired }: { repaired: boolean }) => repaired)).toBe(true)
    expect(lookAt(vendor.store)).toMatchObject({ current: second, damage: [], leftovers: [] })
    expect(readFileSync(usage, 'latin1')).toBe(`[${second}]\r\nSMSMSE=1\r\nNAVCORP_70=1\r\n`)
    expect(eventsOf(vendor.store).filter(({ id }) => id === 1006)).toHaveLength(repair.json.findings.length)
    expect((await defs('doctor')).json).toMatchObject({ exitCode: 0, findings: [] })
  })

  it('points at no set that does not verify', async () => {
    await live(second, third)
    damage(second)
    rmSync(join(vendor.store, 'VirusDefs', 'definfo.dat'))
    damage(third)
    expect((await defs('doctor', '--repair')).json.exitCode).toBe(6)
    expect(existsSync(join(vendor.store, 'VirusDefs', 'definfo.dat'))).toBe(false)
  })

  it('tells of a store whose sets have gone', async () => {
    await live(second)
    rmSync(join(vendor.store, 'VirusDefs'), { recursive: true })
    const { json } = await defs('doctor')
    expect(json.exitCode).toBe(6)
    expect(json.findings).toMatchObject([{ code: 'store-vanished', repaired: false }])
  })
})

describe('a set that is too old', () => {
  it('is event 404 once, whatever the runs bring, and status says why nothing newer comes', async () => {
    vendor.certify({ set: '20201120.001' })
    config = vendor.configure('maxAge: 36h\n')
    expect((await defs('update')).code).toBe(0)
    expect((await defs('update')).json.reason).toMatch(/^same/)
    expect((await defs('update')).code).toBe(0)
    expect(eventsOf(vendor.store).filter(({ id }) => id === 404)).toMatchObject([{ set: '20201120.001' }])
    expect((await defs('status')).json).toMatchObject({ exitCode: 9, stale: true, condition: 'stale' })
    const sources = join(vendor.store, 'state', 'sources.json')
    const text = readFileSync(sources, 'utf8').replace(/"offeredSince": "\d{4}/, '"offeredSince": "2021')
    writeFileSync(sources, text)
    expect((await defs('status')).json).toMatchObject({ exitCode: 9, condition: 'frozen' })
    await vendor.http.close()
    expect((await defs('update')).code).toBe(3)
    expect((await defs('status')).json).toMatchObject({ exitCode: 9, condition: 'offline' })
  })
})

describe('the licence', () => {
  it('that is missing is an event once a day, and no request is made', async () => {
    config = vendor.configure(`${ageless}licence: { file: it.slf, required: true }\n`)
    vendor.certify({ set: first })
    expect((await defs('update')).json).toMatchObject({ exitCode: 12, error: { code: 'LICENCE_MISSING' } })
    expect((await defs('update')).json).toMatchObject({ exitCode: 12, error: { code: 'LICENCE_MISSING' } })
    expect(vendor.http.requests).toEqual([])
    expect(eventsOf(vendor.store).filter(({ id }) => id === 1042)).toHaveLength(1)
    writeFileSync(join(vendor.directory, 'it.slf'), licenceXml({ end_date: '9000-01-01' }))
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, changed: true })
  })
})

describe('what has happened', () => {
  it('is told by history and report', async () => {
    await live(first, second)
    const { entries } = (await defs('history')).json
    expect(entries).toMatchObject([
      { action: 'updated', from: null, to: first, events: [30, 25] },
      { action: 'updated', from: first, to: second, events: [30, 25] },
    ])
    const report = await defs('report', '--action', 'liveupdate', '--action', 'Definitions updated')
    expect(report.json.entries.map(({ action, result }: Record<string, string>) => [action, result])).toEqual(
      [
        ['LiveUpdate', 'Succeeded'],
        ['Definitions updated', 'Succeeded'],
        ['LiveUpdate', 'Succeeded'],
        ['Definitions updated', 'Succeeded'],
      ],
    )
  })
})
