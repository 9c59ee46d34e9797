import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
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
import { eventsOf } from '../support/look.ts'
import { freePort } from '../support/nats-server.ts'
import { program, startDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let clamd: Clamd
let config: string
let bench: Bench
beforeEach(async () => {
  bench = openBench()
  vendor = await startVendor()
  begin()
})
afterEach(async () => {
  await clamd.stop()
  bench.remove()
  await vendor.close()
})

function begin(options: Partial<ClamdOptions> = {}): void {
  const databases = join(vendor.store, 'VirusDefs', 'current')
  clamd = makeClamd({ directory: join(vendor.directory, 'clamd'), databases, ...options })
  configure()
}

function configure({ socket = clamd.socket, grace = '0s', more = '' } = {}): void {
  const scanner = `kind: clamd, socket: '${socket}', conf: '${clamd.configuration}', timeout: 6s, grace: ${grace}`
  config = vendor.configure(
    `scanner: { ${scanner} }\ngate: { engine: none, shrink: { certified: 0 } }\n${more}`,
  )
}

const defs = (...args: string[]) => bench.run([...args, '--json', '--config', config])

/** A set with a genuine `daily` of that number, one signature of its own, and the canary that tells it from others. */
function publish(set: string, daily: 3 | 4, canary = false): void {
  const bytes = Buffer.from(`harmless text of ${set}\n`)
  const own = `${createHash('sha256').update(bytes).digest('hex')}:${bytes.length}:Test.Own\n`
  const files = new Map([
    ['daily.cvd', testDatabase(daily)],
    ['own.hsb', Buffer.from(own)],
  ])
  if (canary) files.set(canaryFile, Buffer.from(canaryLine(set as never)))
  vendor.certify({ set, files })
}

const [first, second] = ['20261118.001', '20261119.001'] as const

/** The first set, in use. */
async function open(): Promise<void> {
  publish(first, 3)
  expect((await defs('update')).json).toMatchObject({ exitCode: 0, current: first })
  await clamd.start()
  expect((await defs('update')).json).toMatchObject({ exitCode: 0, events: expect.arrayContaining([25]) })
}

/** What every screen says of this moment. */
async function screens() {
  const { json } = await defs('status')
  const nagios = await bench.run(['status', '--nagios', '--config', config])
  const { findings } = (await defs('doctor')).json
  const metrics: string = (await defs('metrics')).json.metrics
  const { exitCode: verify } = (await defs('verify')).json
  return {
    state: json.verdict.state,
    reason: json.verdict.reasons[0]?.code ?? null,
    exits: [json.exitCode, nagios.code, verify],
    nagios: nagios.stdout.split(' ')[1],
    doctor: findings.some(({ code }: { code: string }) => code === json.verdict.reasons[0]?.code),
    gauge: /^defs_protected\{.*\} (\d)$/m.exec(metrics)?.[1],
  }
}

const well = { state: 'protected', exits: [0, 0, 0], nagios: 'OK', doctor: false, gauge: '1' }
const ill = (reason: string) => ({
  ...{ state: 'not-in-use', reason, exits: [14, 2, 14], nagios: 'CRITICAL', doctor: true, gauge: '0' },
})

const bars = async () => (await defs('status')).json.barred
const ids = () => eventsOf(vendor.store).map(({ id }) => id)

function signal(name: NodeJS.Signals): void {
  process.kill(Number(readFileSync(join(vendor.directory, 'clamd', 'clamd.pid'), 'utf8')), name)
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 40_000; !(await holds()); await new Promise((wake) => setTimeout(wake, 200)))
    if (Date.now() > end) throw new Error('in vain')
}

/** The built program as a user who may not look into the store. */
function asNobody(...args: string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [program, ...args, '--config', config], {
    uid: 65_534,
    gid: 65_534,
    cwd: '/',
  })
  let text = ''
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString()
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })))
}

describe.skipIf(clamdProgram === null || clamavVectors === null)(
  'whether a machine with a real clamd is protected',
  () => {
    it('is told alike everywhere, also to nobody: in use, killed, back', async () => {
      await open()
      expect(await screens()).toMatchObject(well)
      await clamd.stop()
      expect(await screens()).toEqual(ill('scanner-dead'))
      if (process.getuid?.() === 0) {
        chmodSync(vendor.directory, 0o755)
        expect((await defs('update')).json).toMatchObject({
          exitCode: 0,
          events: expect.arrayContaining([1016]),
        })
        const own = (await defs('status')).json
        const told = await asNobody('status', '--json')
        expect([told.code, JSON.parse(told.text).verdict]).toEqual([14, own.verdict])
        expect(await asNobody('status', '--nagios')).toMatchObject({
          code: 2,
          text: /^DEFS CRITICAL - not-in-use/,
        })
      }
      await clamd.start()
      expect(await screens()).toMatchObject(well)
      expect(await bars()).toEqual([])
    }, 90_000)

    it('is what the daemon serves: 503 while clamd is dead, 200 when it is back, all by itself', async () => {
      publish(first, 3)
      expect((await defs('update')).json).toMatchObject({ exitCode: 0 })
      const port = await freePort()
      configure({ more: `schedule: []\ndaemon: { listen: '127.0.0.1:${port}' }\n` })
      const daemon = startDefs(['daemon', '--config', config])
      const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
      try {
        await until(() =>
          get('/livez').then(
            ({ ok }) => ok,
            () => false,
          ),
        )
        const sick = await get('/healthz')
        expect([sick.status, await sick.json()]).toMatchObject([503, { verdict: { state: 'not-in-use' } }])
        expect(await (await get('/metrics')).text()).toMatch(/^defs_protected\{.*\} 0$/m)
        await clamd.start()
        await until(async () => (await get('/healthz')).status === 200)
        expect(await (await get('/metrics')).text()).toMatch(/^defs_protected\{.*\} 1$/m)
      } finally {
        daemon.child.kill('SIGTERM')
        await daemon.ended
      }
    }, 90_000)

    it('is no when it is silent, and yes while it restarts within its grace', async () => {
      await open()
      signal('SIGSTOP')
      try {
        const { json } = await defs('status')
        expect(json).toMatchObject({ exitCode: 14, verdict: { state: 'not-in-use' } })
        expect(json.verdict.reasons[0].code).toBe('scanner-silent')
      } finally {
        signal('SIGCONT')
      }
      configure({ grace: '5m' })
      await clamd.stop()
      const { json } = await defs('status')
      expect(json).toMatchObject({ exitCode: 0, verdict: { state: 'protected' } })
      expect(json.verdict.reasons[0].code).toBe('scanner-away')
    }, 90_000)

    it('is no while it uses an older set, and the next update tells it again', async () => {
      await open()
      publish(second, 4)
      const asked = config
      config = vendor.configure('gate: { shrink: { certified: 0 } }\n')
      expect((await defs('update')).json).toMatchObject({ exitCode: 0, current: second })
      config = asked
      configure()
      expect(await screens()).toEqual(ill('scanner-other-set'))
      expect((await defs('update')).json.events).toContain(25)
      expect(await screens()).toMatchObject(well)
    }, 90_000)

    it('is no while it reads another folder, for which no set is to blame', async () => {
      const elsewhere = join(vendor.directory, 'elsewhere')
      mkdirSync(elsewhere)
      writeFileSync(join(elsewhere, 'daily.cvd'), testDatabase(3))
      begin({ databases: elsewhere })
      publish(first, 4)
      await clamd.start()
      expect((await defs('update')).json).toMatchObject({
        exitCode: 14,
        error: { code: 'SCANNER_NOT_IN_USE' },
      })
      expect(await screens()).toEqual(ill('scanner-elsewhere'))
      expect([await bars(), ids().includes(399)]).toEqual([[], false])
    }, 90_000)
  },
)

describe.skipIf(clamdProgram === null || clamavVectors === null)(
  'a good set is not to blame for a real clamd that',
  () => {
    it('loads official databases only, and a daily that did not change', async () => {
      begin({ config: ['OfficialDatabaseOnly yes'] })
      publish(first, 3)
      expect((await defs('update')).json).toMatchObject({ exitCode: 0 })
      await clamd.start()
      publish(second, 3, true)
      expect((await defs('update')).json).toMatchObject({ exitCode: 0, current: second, events: [30, 1017] })
      expect((await defs('status')).json.verdict).toMatchObject({
        state: 'staged',
        reasons: [{ code: 'scanner-told', message: expect.stringContaining('OfficialDatabaseOnly') }],
      })
      expect([await bars(), ids().includes(399)]).toEqual([[], false])
    }, 90_000)

    it('does not answer VERSION: what only the set detects proves it', async () => {
      // clamd has a switch for that from 1.5 on; before, somebody in between says the same.
      const between = join(vendor.directory, 'between.sock')
      const server = createServer((caller) => {
        caller.once('data', (bytes) => {
          if (bytes.toString('latin1').includes('VERSION')) {
            caller.end('COMMAND UNAVAILABLE\n')
            return
          }
          const behind = connect(clamd.socket)
          behind.write(bytes)
          caller.pipe(behind).pipe(caller)
          for (const one of [caller, behind]) one.on('error', () => one.destroy())
        })
      })
      await new Promise<void>((resolve) => server.listen(between, resolve))
      try {
        configure({ socket: between })
        publish(first, 3, true)
        expect((await defs('update')).json).toMatchObject({ exitCode: 0 })
        await clamd.start()
        publish(second, 3, true)
        expect((await defs('update')).json).toMatchObject({ exitCode: 0, current: second, events: [30, 25] })
        expect(await screens()).toMatchObject(well)
      } finally {
        await new Promise((resolve) => server.close(resolve))
      }
    }, 90_000)

    it.skipIf(process.getuid?.() !== 0)(
      'may not read it, being another user',
      async () => {
        await open()
        writeFileSync(
          clamd.configuration,
          readFileSync(clamd.configuration, 'utf8').replace('User root', 'User nobody'),
        )
        publish(second, 4)
        const env = { DEFS_STORE_GROUP: 'root' }
        const { json } = await bench.run(['update', '--json', '--config', config], { env })
        expect(json).toMatchObject({ current: second, events: expect.arrayContaining([30, 1016]) })
        const journal = readFileSync(join(vendor.store, 'state', 'events.jsonl'), 'utf8')
        expect(journal).toMatch(/"id":1016,.*runs as 'nobody'.*may not read/)
        expect([await bars(), ids().includes(399)]).toEqual([[], false])
      },
      90_000,
    )
  },
)
