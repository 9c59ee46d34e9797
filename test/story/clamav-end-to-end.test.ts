import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bench, openBench } from '../cli/world.ts'
import { type ClamavMirror, type SignedAnew, signAnew, startClamavMirror } from '../support/clamav-mirror.ts'
import { type Clamd, clamavVectors, clamdProgram, makeClamd } from '../support/clamd.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { isInstalled } from '../support/real-servers.ts'

const run = promisify(execFile)
const here =
  clamavVectors !== null && clamdProgram !== null && ['clamscan', 'clamdscan', 'sigtool'].every(isInstalled)

/** Ways to the next version, and what lies in the store then. */
const ways = [
  ['patches', true, 'daily.cld'],
  ['whole files', false, 'daily.cvd'],
] as const

/** A file that every one of these sets detects, one that none does, and one that only a bad set detects. */
const sample = Buffer.from('what the site itself wants to be found\n')
const letter = Buffer.from('Dear colleague, the invoice is attached.\n')
const always = `Site.Sample:0:*:${sample.toString('hex')}\n`

let bench: Bench
let vendor: SignedAnew
let mirror: ClamavMirror
let clamd: Clamd
let store: string
let config: string

beforeEach(async () => {
  bench = openBench()
  vendor = signAnew(join(bench.root, 'vendor'))
  mirror = await startClamavMirror()
  store = join(bench.root, 'store')
  clamd = makeClamd({
    directory: join(bench.root, 'clamd'),
    databases: join(store, 'VirusDefs', 'current'),
  })
  mkdirSync(join(bench.root, 'mail'))
  writeFileSync(join(bench.root, 'mail', 'letter'), letter)
  writeFileSync(join(bench.root, 'sample'), sample)
  mirror.files.set('site.ndb', Buffer.from(always))
})
afterEach(async () => {
  await clamd.stop()
  await mirror.http.close()
  bench.remove()
})

/** The vendor publishes the test database as its `daily`. */
function publish(version: number): void {
  mirror.files.set('daily.cvd', vendor.file(`test-${version}.cvd`))
  mirror.files.set(`daily-${version}.cvd.sign`, vendor.file(`test-${version}.cvd.sign`))
  if (version === 1) return
  for (const ending of ['cdiff', 'cdiff.sign'])
    mirror.files.set(`daily-${version}.${ending}`, vendor.file(`test-${version}.${ending}`))
}

function configure(patches: boolean, engine: 'auto' | 'none' = 'auto'): void {
  config = join(bench.root, 'defs.json')
  const source = {
    kind: 'clamav',
    hosts: [mirror.url],
    databases: ['daily'],
    custom: ['site.ndb'],
    allowUnsigned: true,
    certificates: [vendor.rootPath],
    sign: 'require',
    patches,
  }
  const samples = engine === 'none' ? {} : { detect: ['sample'], clean: ['mail'] }
  const whole = {
    store: { root: store, keep: 9 },
    network: { tries: 1 },
    maxAge: '36500d',
    sources: { clam: source },
    scanner: { kind: 'clamd', socket: clamd.socket, timeout: '5s' },
    gate: { engine, ...samples },
  }
  writeFileSync(config, JSON.stringify(whole))
}

const defs = async (...args: string[]) => (await bench.run([...args, '--json', '--config', config])).json
const current = () => join(store, 'VirusDefs', 'current')

/** What is in a database, the licence text apart, which patches do not carry. */
async function membersOf(database: string): Promise<Record<string, string>> {
  const folder = join(bench.root, `members-${Math.random().toString(36).slice(2)}`)
  mkdirSync(folder)
  await run('sigtool', ['--unpack', database], { cwd: folder })
  const { stdout } = await run(
    'sha256sum',
    ['--', ...(await run('ls', [folder])).stdout.trim().split('\n')],
    {
      cwd: folder,
    },
  )
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => line.split('  ') as [string, string])
  return Object.fromEntries(
    lines.filter(([, name]) => name !== 'COPYING').map(([hash, name]) => [name, hash]),
  )
}

/** Scans by clamdscan and by the socket, one after the other, until it is stopped. */
function scanOn(): { stop(): Promise<{ scans: number; wrong: string[] }> } {
  const wrong: string[] = []
  let [scans, on] = [0, true]
  async function scanByProgram(): Promise<void> {
    while (on) {
      const file = join(bench.root, 'sample')
      const args = [`--config-file=${clamd.configuration}`, '--no-summary', '--stream', file]
      // Status 1: found.
      const status = await run('clamdscan', args).then(
        () => 0,
        (error: { code: number }) => error.code,
      )
      if (status !== 1) wrong.push(`clamdscan ended with ${status}`)
      scans += 1
    }
  }
  async function scanBySocket(): Promise<void> {
    while (on) {
      const said = await clamd.scan(letter).catch((error: unknown) => String(error))
      if (said !== 'stream: OK') wrong.push(said)
      scans += 1
      await pause(20)
    }
  }
  const ended = Promise.all([scanByProgram(), scanBySocket()])
  return {
    async stop() {
      on = false
      await ended
      return { scans, wrong }
    },
  }
}

describe.skipIf(!here)('from a ClamAV mirror to clamd', () => {
  it.each(ways)(
    '1 to 4 by %s, each proved in use by clamd, scanning all the while',
    async (_, patches, file) => {
      configure(patches)
      publish(1)
      expect(await defs('update')).toMatchObject({ exitCode: 0, changed: true, current: '20210622.001' })
      await clamd.start()
      const scanning = scanOn()
      for (const version of [2, 3, 4]) {
        publish(version)
        const update = await defs('update')
        expect(update).toMatchObject({ exitCode: 0, changed: true, sequence: version, incremental: patches })
        expect(update.events).toEqual(expect.arrayContaining([30, 25]))
        const outcomes = update.gate.map(({ check, outcome }: Record<string, string>) => [check, outcome])
        expect(outcomes).toEqual(
          expect.arrayContaining(['engine', 'detect', 'clean'].map((check) => [check, 'passed'])),
        )
        expect(await clamd.ask('VERSION')).toMatch(new RegExp(`^ClamAV [^/]+/${version}/`))
        const genuine = join(clamavVectors ?? '', `test-${version}.cvd`)
        expect(await membersOf(join(current(), file))).toEqual(await membersOf(genuine))
        if (!patches) expect(readFileSync(join(current(), file)).equals(readFileSync(genuine))).toBe(true)
      }
      expect(await defs('update')).toMatchObject({ exitCode: 0, changed: false })
      const { scans, wrong } = await scanning.stop()
      expect(wrong).toEqual([])
      expect(scans).toBeGreaterThan(10)
    },
  )

  it.each([
    ['that misses a sample', 'Site.Other:0:*:00112233445566778899\n'],
    ['that finds a clean letter', `${always}Site.Wrong:0:*:${letter.toString('hex')}\n`],
  ])('a set %s ends at the gate, and clamd never hears of it', async (_, text) => {
    configure(true)
    publish(3)
    await defs('update')
    await clamd.start()
    const scanning = scanOn()
    publish(4)
    mirror.files.set('site.ndb', Buffer.from(text))
    expect(await defs('update')).toMatchObject({ exitCode: 7, error: { code: 'GATE_REFUSED' } })
    expect(lookAt(store)).toMatchObject({ current: '20210623.003', sets: ['20210623.003'], damage: [] })
    expect(await clamd.ask('VERSION')).toContain('/3/')
    expect(clamd.log()).not.toContain('reload')
    expect((await scanning.stop()).wrong).toEqual([])
  })

  it('a list that the engine cannot load keeps its last good copy, and the databases go on', async () => {
    configure(true)
    publish(3)
    await defs('update')
    const before = readFileSync(join(current(), 'site.ndb'))
    await clamd.start()
    const scanning = scanOn()
    publish(4)
    mirror.files.set('site.ndb', Buffer.from(`${always}Broken:0:*:zz\n`))
    expect(await defs('update')).toMatchObject({ exitCode: 0, changed: true, current: '20210623.004' })
    expect(eventsOf(store).map(({ id }) => id)).toContain(1085)
    expect(readFileSync(join(current(), 'site.ndb'))).toEqual(before)
    expect(await clamd.ask('VERSION')).toContain('/4/')
    expect((await scanning.stop()).wrong).toEqual([])
  })

  it('a broken set is taken back when there is no gate, scanning all the while', async () => {
    configure(true, 'none')
    publish(3)
    await defs('update')
    await clamd.start()
    const scanning = scanOn()
    publish(4)
    mirror.files.set('site.ndb', Buffer.from(`${always}Broken:0:*:zz\n`))
    expect(await defs('update')).toMatchObject({ exitCode: 7, error: { code: 'SCANNER_REFUSED' } })
    expect(eventsOf(store).map(({ id }) => id)).toContain(399)
    expect(lookAt(store)).toMatchObject({ current: '20210623.003', damage: [] })
    expect(await clamd.ask('VERSION')).toContain('/3/')
    const { barred } = await defs('status')
    expect(barred).toEqual([expect.objectContaining({ set: '20210623.004' })])
    expect((await scanning.stop()).wrong).toEqual([])
  })
})
