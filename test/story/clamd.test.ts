import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canaryFile, canaryLine } from '../../src/clamav/canary.ts'
import { type Bench, openBench } from '../cli/world.ts'
import {
  type Clamd,
  type ClamdOptions,
  clamavVectors,
  clamdProgram,
  makeClamd,
  testDatabase,
} from '../support/clamd.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { startDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let clamd: Clamd
let config: string
let bench: Bench

beforeEach(async () => {
  bench = openBench()
  vendor = await startVendor()
  await begin()
})
afterEach(async () => {
  await clamd.stop()
  bench.remove()
  await vendor.close()
})

async function begin(options: Partial<ClamdOptions> = {}): Promise<void> {
  const databases = join(vendor.store, 'VirusDefs', 'current')
  clamd = makeClamd({ directory: join(vendor.directory, 'clamd'), databases, ...options })
  configure()
}

function configure(more = '', timeout = '5s'): void {
  const scanner = `kind: clamd, socket: '${clamd.socket}', timeout: ${timeout}${more}`
  config = vendor.configure(`scanner: { ${scanner} }\ngate: { engine: none, shrink: { certified: 0 } }\n`)
}

// In this process, which is quicker; what is killed is the built program.
const defs = (...args: string[]) => bench.run([...args, '--json', '--config', config])

const payload = (name: string) => Buffer.from(`harmless text that stands for ${name}\n`)
const hash = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex')

/** Own signatures of the three sorts, each for a payload of its own. */
const hdb = (name: string) => `${hash('md5', payload(name))}:${payload(name).length}:Test.${name}\n`
const hsb = (name: string) => `${hash('sha256', payload(name))}:${payload(name).length}:Test.${name}\n`
const ndb = (name: string) => `Test.${name}:0:*:${payload(name).toString('hex')}\n`

/** A set that detects `common` and what it is called; with a genuine database of that number, or without any. */
function filesOf(name: string, number: 1 | 2 | 3 | 4 | null): Map<string, Buffer> {
  return new Map([
    ...(number === null ? [] : ([['daily.cvd', testDatabase(number)]] as const)),
    ['local.hdb', Buffer.from(hdb('common'))],
    ['local.hsb', Buffer.from(hsb(name))],
    ['local.ndb', Buffer.from(ndb(`N${name}`))],
  ])
}

const publish = (set: string, files: Map<string, Buffer>) => vendor.certify({ set, files })

/** A set that clamd cannot load, however authentic. */
function publishBroken(set: string): void {
  const files = filesOf('broken', null)
  files.set('daily.cvd', testDatabase(1).subarray(0, 1500))
  publish(set, files)
}

async function live(set: string, files: Map<string, Buffer>): Promise<void> {
  publish(set, files)
  expect((await defs('update')).json).toMatchObject({ exitCode: 0, current: set })
}

/** The first set, and clamd with it. */
async function open(number: 1 | 2 | 3 | 4 = 3): Promise<void> {
  await live('20261118.001', filesOf('first', number))
  await clamd.start()
  expect((await defs('update')).json).toMatchObject({ exitCode: 0, changed: false })
}

const detects = async (name: string) => (await clamd.scan(payload(name))).endsWith('FOUND')
const bars = async () => (await defs('status')).json.barred

/** Scans what every set knows, and what none does, one after the other until it is stopped. */
function scanOn(): { readonly stop: () => Promise<{ scans: number; wrong: string[] }> } {
  const wrong: string[] = []
  let [scans, on] = [0, true]
  async function scan(): Promise<void> {
    while (on) {
      for (const [bytes, wanted] of [
        [payload('common'), 'stream: Test.common.UNOFFICIAL FOUND'],
        [payload('nothing'), 'stream: OK'],
      ] as const) {
        const said = await clamd.scan(bytes).catch((error: unknown) => String(error))
        if (said !== wanted) wrong.push(said)
        scans += 1
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const ended = Promise.all([scan(), scan()])
  return {
    async stop() {
      on = false
      await ended
      return { scans, wrong }
    },
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`in vain; events: ${JSON.stringify(eventsOf(vendor.store))}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe.skipIf(clamdProgram === null || clamavVectors === null)('a real clamd behind it', () => {
  it('does not run yet: the set is live all the same, and event 25 comes when it does', async () => {
    publish('20261118.001', filesOf('first', 3))
    const run = await defs('update')
    expect(run.json).toMatchObject({
      exitCode: 0,
      changed: true,
      current: '20261118.001',
      events: [30, 1016],
    })
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, events: [1001] })
    expect((await defs('status')).json).toMatchObject({ inUse: null, barred: [] })
    await clamd.start()
    expect((await defs('update')).json.events).toContain(25)
    expect((await defs('status')).json).toMatchObject({ inUse: '20261118.001', current: '20261118.001' })
    expect((await defs('update')).json.events).not.toContain(25)
  }, 60_000)

  it('proves each set by its number: 3, then 4', async () => {
    await open(3)
    expect(await clamd.ask('VERSION')).toMatch(/\/3\//)
    publish('20261119.001', filesOf('second', 4))
    const run = await defs('update')
    expect(run.json).toMatchObject({ exitCode: 0, current: '20261119.001', events: [30, 25] })
    expect(await clamd.ask('VERSION')).toMatch(/\/4\//)
    expect([await detects('second'), await detects('Nsecond'), await detects('first')]).toEqual([
      true,
      true,
      false,
    ])
    expect((await defs('rollback', '--reason', 'test')).json).toMatchObject({
      exitCode: 0,
      events: [1020, 25],
    })
    expect(await clamd.ask('VERSION')).toMatch(/\/3\//)
    expect((await defs('status')).json).toMatchObject({ inUse: '20261118.001' })
  }, 60_000)

  it('proves a set without a number, or with the number of the one before, by what only that set detects', async () => {
    await open(3)
    const files = filesOf('same', 3)
    publish('20261119.001', files)
    // Nothing tells the two apart: it was told, and that is all that is said.
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, events: [30, 1017] })
    const sample = join(vendor.directory, 'sample')
    writeFileSync(sample, payload('third'))
    configure(`, canary: '${sample}'`)
    publish('20261120.001', filesOf('other', 3))
    // The scanner shows neither this set nor the one before: nobody is to blame, and the newest stays.
    expect((await defs('update')).json).toMatchObject({ exitCode: 14, current: '20261120.001' })
    publish('20261120.002', filesOf('third', 3))
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, events: [30, 25] })
    configure()
    const canaried = filesOf('fourth', null)
    canaried.set(canaryFile, Buffer.from(canaryLine('20261121.001' as never)))
    publish('20261121.001', canaried)
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, events: [30, 25] })
    expect(await clamd.ask('VERSION')).not.toContain('/')
    expect((await defs('status')).json).toMatchObject({ inUse: '20261121.001' })
    await clamd.stop()
    expect((await defs('status')).json).toMatchObject({ inUse: null })
  }, 60_000)

  it.each([
    ['keeps its old engine (ConcurrentDatabaseReload yes)', true],
    ['loses its engine (ConcurrentDatabaseReload no) and is started anew', false],
  ])(
    'that cannot load a set %s: the one before is back, in use and scanning',
    async (_, concurrent) => {
      await begin({ concurrent })
      // Starting anew takes longer on a busy machine than reloading.
      if (!concurrent) configure(`, restart: ['${clamd.restart.join("', '")}']`, '20s')
      await open(3)
      await live('20261119.001', filesOf('second', 4))
      const scanning = concurrent ? scanOn() : null
      publishBroken('20261120.001')
      const run = await defs('update')
      expect(run.json).toMatchObject({
        exitCode: 7,
        current: '20261119.001',
        error: { code: 'SCANNER_REFUSED' },
        events: expect.arrayContaining([30, 1007, 399, 25, 1000]),
      })
      expect(eventsOf(vendor.store).find(({ id }) => id === 399)).toMatchObject({
        set: '20261119.001',
        errorCode: 'SCANNER_REFUSED',
      })
      expect(lookAt(vendor.store)).toMatchObject({ current: '20261119.001', damage: [], leftovers: [] })
      expect(await bars()).toMatchObject([{ set: '20261120.001', user: 'scanner' }])
      expect(await clamd.ask('VERSION')).toMatch(/\/4\//)
      expect(await detects('second')).toBe(true)
      expect((await defs('status')).json).toMatchObject({ inUse: '20261119.001' })
      expect((await defs('update')).json).toMatchObject({ exitCode: 0, changed: false })
      expect((await defs('update', '--allow', '20261120.001')).json).toMatchObject({ exitCode: 7 })
      await live('20261121.001', filesOf('newest', 3))
      expect(await clamd.ask('VERSION')).toMatch(/\/3\//)
      const scanned = await scanning?.stop()
      if (scanned) {
        expect(scanned.wrong).toEqual([])
        expect(scanned.scans).toBeGreaterThan(40)
      }
    },
    90_000,
  )

  it('that lost its engine and cannot be started anew has the good set live, and no good set is barred', async () => {
    await begin({ concurrent: false })
    await open(3)
    await live('20261119.001', filesOf('second', 4))
    publishBroken('20261120.001')
    expect((await defs('update')).json).toMatchObject({ exitCode: 7, current: '20261119.001' })
    for (let round = 0; round < 2; round += 1) {
      expect((await defs('update')).json).toMatchObject({ exitCode: 0, current: '20261119.001' })
    }
    expect(await bars()).toMatchObject([{ set: '20261120.001' }])
    expect((await defs('status')).json).toMatchObject({ inUse: null })
    await clamd.stop()
    await clamd.start()
    expect((await defs('update')).json).toMatchObject({ exitCode: 0 })
    expect((await defs('status')).json).toMatchObject({ inUse: '20261119.001' })
    expect(await detects('second')).toBe(true)
  }, 90_000)

  it('scans on through eight switches: all right, none with an error', async () => {
    await open(3)
    const scanning = scanOn()
    for (let turn = 1; turn <= 8; turn += 1) {
      const number = turn % 2 === 0 ? 3 : 4
      await live(`20261119.00${turn}`, filesOf(`turn${turn}`, number))
      expect(await clamd.ask('VERSION')).toContain(`/${number}/`)
    }
    const { scans, wrong } = await scanning.stop()
    expect(wrong).toEqual([])
    expect(scans).toBeGreaterThan(40)
    expect(eventsOf(vendor.store).filter(({ id }) => id === 25)).toHaveLength(9)
  }, 90_000)
})

describe.skipIf(clamdProgram === null || clamavVectors === null)('a real clamd that is watched', () => {
  const record = () => join(vendor.store, 'state', 'confirming.json')
  const pending = () => (existsSync(record()) ? JSON.parse(readFileSync(record(), 'utf8')) : null)
  const watched = (more = '') => configure(`, confirm: 10m${more}`)
  const newer = '20261119.001'

  /** An update that is in its window. */
  async function watching(more = '') {
    await open(3)
    watched(more)
    publish(newer, filesOf('second', 4))
    const started = startDefs(['update', '--json', '--config', config])
    await until(() => pending()?.set === newer)
    return started
  }

  it('and crashes: the set before is back with exit code 8, and clamd is started anew with it', async () => {
    const { ended } = await watching(`, restart: ['${clamd.restart.join("', '")}']`)
    expect((await defs('status')).json.confirming).toMatchObject({ set: newer })
    await clamd.stop()
    expect((await ended).json).toMatchObject({
      exitCode: 8,
      current: '20261118.001',
      rolledBack: { from: newer, code: 'SCANNER_UNWELL' },
      events: [30, 25, 399, 25],
    })
    expect(await bars()).toMatchObject([{ set: newer }])
    expect(await clamd.ask('VERSION')).toMatch(/\/3\//)
    expect((await defs('status')).json).toMatchObject({ confirming: null, inUse: '20261118.001' })
  }, 90_000)

  it('and brings a burst of detections: the set before is back', async () => {
    const { ended } = await watching(`, detections: { log: '${clamd.logFile}', most: 30 }`)
    for (let count = 0; count < 31; count += 1) expect(await detects('common')).toBe(true)
    const { json } = await ended
    expect(json).toMatchObject({
      exitCode: 8,
      current: '20261118.001',
      rolledBack: { code: 'SCANNER_UNWELL' },
    })
    expect(await clamd.ask('VERSION')).toMatch(/\/3\//)
  }, 90_000)

  it('while Ctrl-C ends the watching: 130, and the set stays unconfirmed', async () => {
    const { child, ended } = await watching()
    child.kill('SIGINT')
    expect((await ended).code).toBe(130)
    expect(pending()).toMatchObject({ set: newer })
    expect(lookAt(vendor.store)).toMatchObject({ current: newer, damage: [], leftovers: [] })
  }, 60_000)

  it.each([
    ['well: confirmed', true],
    ['gone: taken back', false],
  ])(
    'while defs is killed, and the next run finds it %s',
    async (_, isWell) => {
      const { child, ended } = await watching()
      child.kill('SIGKILL')
      await ended
      // The window passes.
      const past = (text: string) => new Date(Date.parse(text) - 3_600_000).toISOString()
      const { since, until: end, ...rest } = pending()
      writeFileSync(record(), JSON.stringify({ ...rest, since: past(since), until: past(end) }))
      if (!isWell) await clamd.stop()
      const { json } = await defs('update')
      if (isWell) {
        expect(json).toMatchObject({ exitCode: 0, current: newer })
        expect(json.events).toContain(1018)
      } else {
        expect(json).toMatchObject({ exitCode: 8, current: '20261118.001', rolledBack: { from: newer } })
        expect(await bars()).toMatchObject([{ set: newer }])
      }
      expect(pending()).toBeNull()
    },
    90_000,
  )
})
