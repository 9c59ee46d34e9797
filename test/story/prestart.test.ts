import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventsOf, lookAt } from '../support/look.ts'
import { runDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let config: string
beforeEach(async () => {
  vendor = await startVendor()
  config = vendor.configure()
})
afterEach(() => vendor.close())

const defs = (...args: string[]) => runDefs([...args, '--json', '--config', config])

/** Puts two good sets in place. */
async function live(): Promise<void> {
  for (const set of ['20261119.002', '20261120.003']) {
    vendor.certify({ set })
    expect((await defs('update')).code).toBe(0)
  }
}

function damage(set: string): void {
  const file = join(vendor.store, 'VirusDefs', set, 'VIRSCAN1.DAT')
  writeFileSync(`${file}.new`, 'damaged')
  renameSync(`${file}.new`, file)
}

/** Nobody answers from now on. */
function hang(): void {
  vendor.http.faults.set('*', () => new Promise(() => undefined))
}

describe('before a service starts', () => {
  it('the newest set is fetched and proved', async () => {
    await live()
    vendor.certify({ set: '20261121.001' })
    const run = await defs('prestart')
    expect(run.json).toMatchObject({
      command: 'prestart',
      ok: true,
      verified: true,
      changed: true,
      current: '20261121.001',
      previous: '20261120.003',
      fetchError: null,
      timedOut: false,
    })
    expect(run.code).toBe(0)
  })

  it('a vendor that is down is no reason to keep the service down', async () => {
    await live()
    vendor.http.faults.set('*', (_, response) => {
      response.destroy()
      return true
    })
    const run = await defs('prestart')
    expect(run.json).toMatchObject({ exitCode: 0, verified: true, current: '20261120.003', changed: false })
    expect(run.json.fetchError.code).toMatch(/^SOURCE_/)
  })

  it('a vendor that hangs holds the service up for the bound and no longer', async () => {
    await live()
    hang()
    const begun = Date.now()
    const run = await defs('prestart', '--timeout', '4')
    expect(run.json).toMatchObject({ exitCode: 0, verified: true, current: '20261120.003' })
    // Four seconds, two starts of a program on a busy machine, and far from the minutes of a hanging vendor.
    expect(Date.now() - begun).toBeLessThan(10_000)
    expect(run.json.durationMs).toBeLessThan(6_000)
    expect(lookAt(vendor.store)).toMatchObject({ current: '20261120.003', leftovers: [], damage: [] })
  })

  it('several families whose vendor hangs share that bound', async () => {
    await live()
    hang()
    const source = (file: string) =>
      `{ sources: { v: { kind: rules, url: '${vendor.http.url}${file}', md5: true, allowUnsigned: true } } }`
    const families = ['one', 'two', 'three'].map((name) => `  ${name}: ${source(`${name}.zip`)}\n`).join('')
    config = join(vendor.directory, 'families.yaml')
    writeFileSync(config, `store: { root: '${join(vendor.directory, 'families')}' }\nfamilies:\n${families}`)
    const { json } = await defs('prestart', '--timeout', '6')
    expect(json).toMatchObject({ exitCode: 13, families: { one: { exitCode: 13 }, three: { exitCode: 13 } } })
    const took = Object.values<{ durationMs: number }>(json.families).map(({ durationMs }) => durationMs)
    expect(took).toHaveLength(3)
    expect(took.reduce((sum, one) => sum + one)).toBeLessThan(9_000)
  }, 60_000)

  it('an update that obeys no signal is killed, and the store bears it', async () => {
    await live()
    hang()
    // A program that ends only when it is killed.
    const stubborn = join(vendor.directory, 'stubborn.mjs')
    writeFileSync(stubborn, "process.on('SIGTERM', () => undefined)\n")
    const run = await runDefs(['prestart', '--timeout', '4', '--json', '--config', config], {
      env: { NODE_OPTIONS: `--import=${stubborn}` },
    })
    expect(run.json).toMatchObject({ exitCode: 0, verified: true, current: '20261120.003' })
    expect((await runDefs(['update', '--json', '--timeout', '2', '--config', config])).json.exitCode).toBe(3)
  })

  it('an empty store and no vendor: 13', async () => {
    vendor.http.faults.set('*', (_, response) => {
      response.destroy()
      return true
    })
    const run = await defs('prestart')
    expect(run.json).toMatchObject({ exitCode: 13, verified: false, error: { code: 'STORE_NO_DEFINITIONS' } })
    expect(run.code).toBe(13)
  })

  it('a damaged current set and a hanging vendor: the earlier good one, event 399', async () => {
    await live()
    damage('20261120.003')
    hang()
    const run = await defs('prestart', '--timeout', '4')
    expect(run.json).toMatchObject({ exitCode: 0, verified: true, current: '20261119.002' })
    expect(eventsOf(vendor.store).map(({ id }) => id)).toContain(399)
    expect(lookAt(vendor.store)).toMatchObject({ current: '20261119.002', leftovers: [], damage: [] })
  })

  it('nothing but damaged sets and no vendor: 13', async () => {
    await live()
    damage('20261120.003')
    damage('20261119.002')
    vendor.http.faults.set('*', (_, response) => {
      response.destroy()
      return true
    })
    const { json } = await defs('prestart')
    expect(json).toMatchObject({ exitCode: 13, verified: false, source: 'liveupdate' })
    // The proof after the update finds the same store, and says nothing twice.
    expect(json.events.filter((id: number) => id === 400 || id === 401)).toEqual([400, 401])
  })
})

describe('a node of a cluster', () => {
  it('that is passive waits, unless it has a management address, is forced, or becomes active', async () => {
    vendor.certify({ set: '20261120.003' })
    config = vendor.configure('role: passive\n')
    vendor.http.requests.length = 0
    const waiting = await defs('update')
    expect(waiting.json).toMatchObject({ exitCode: 0, changed: false, current: null })
    expect(waiting.json.reason).toMatch(/^passive/)
    expect(vendor.http.requests).toEqual([])
    expect((await defs('prestart')).json).toMatchObject({
      exitCode: 0,
      changed: true,
      current: '20261120.003',
    })
    vendor.certify({ set: '20261121.001' })
    expect((await defs('update', '--force')).json).toMatchObject({ changed: true, current: '20261121.001' })
    vendor.certify({ set: '20261121.002' })
    config = vendor.configure('role: passive\nmanagementAddress: true\n')
    expect((await defs('update')).json).toMatchObject({ changed: true, current: '20261121.002' })
  })

  it.each([
    ['[sh, -c, exit 0]', true, []],
    ['[sh, -c, exit 1]', false, []],
    ['[sh, -c, exit 7]', true, [1075]],
    ['[/not/there]', true, [1075]],
  ])('asks the program %s for its role', async (command, updates, events) => {
    vendor.certify({ set: '20261120.003' })
    config = vendor.configure(`role: { command: ${command} }\n`)
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, changed: updates })
    const ids = eventsOf(vendor.store).map(({ id }) => id)
    expect(ids.filter((id) => id === 1075)).toEqual(events)
  })

  it('whose store was restored from a snapshot that names sets no longer there heals at the next run', async () => {
    await live()
    rmSync(join(vendor.store, 'VirusDefs', '20261120.003'), { recursive: true })
    expect((await defs('update')).json).toMatchObject({ current: '20261120.003' })
    expect(lookAt(vendor.store)).toMatchObject({ current: '20261120.003', leftovers: [], damage: [] })
    rmSync(join(vendor.store, 'VirusDefs', '20261120.003'), { recursive: true })
    rmSync(join(vendor.store, 'VirusDefs', '20261119.002'), { recursive: true })
    expect((await defs('prestart')).json).toMatchObject({ exitCode: 0, current: '20261120.003' })
  })
})
