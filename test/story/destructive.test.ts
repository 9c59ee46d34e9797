import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { canFake, runAt } from '../support/faketime.ts'
import { evenly, type Fault, faultOf, pointsOf, runTraced } from '../support/fault.ts'
import { lookAt } from '../support/look.ts'
import { flip } from '../support/patient.ts'
import { type Ended, program, runDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

const [first, older, newer, newest] = [
  '20251117.001',
  '20251118.001',
  '20251119.001',
  '20251120.001',
] as const

/** A command that changes a store with the sets `first`, `older` and `newer`, of which `newer` is current. */
interface Scenario {
  readonly name: string
  readonly args: readonly string[]
  /** What the source has during the run and after it. */
  readonly offered: string
  /** Whether the current set is bad before. */
  readonly damaged: boolean
  /** What the run ends with when nothing happens to it, and what is current then. */
  readonly done: { readonly code: number; readonly current: string }
}

const scenarios: readonly Scenario[] = [
  { name: 'update', args: ['update'], offered: newest, damaged: false, done: { code: 0, current: newest } },
  {
    name: 'repair',
    args: ['verify', '--repair'],
    offered: newer,
    damaged: true,
    done: { code: 8, current: older },
  },
  {
    name: 'rollback',
    args: ['rollback', '--reason', 'false alarms'],
    offered: newer,
    damaged: false,
    done: { code: 0, current: older },
  },
  {
    name: 'prune',
    args: ['prune', '--keep', '1'],
    offered: newer,
    damaged: false,
    done: { code: 0, current: newer },
  },
]

// What is done at the n-th of these calls, and at how many n at most, spread evenly over the run.
const faults: readonly (Fault & { readonly points: number })[] = [
  { calls: ['fsync', 'fdatasync'], effect: 'signal=KILL', points: 2 },
  { calls: ['fsync', 'fdatasync'], effect: 'error=EIO', points: 3 },
  { calls: ['fsync', 'fdatasync'], effect: 'error=ENOSPC', points: 1 },
  { calls: ['rename', 'renameat', 'renameat2'], effect: 'signal=KILL', points: 5 },
  { calls: ['rename', 'renameat', 'renameat2'], effect: 'error=EIO', points: 3 },
  { calls: ['rename', 'renameat', 'renameat2'], effect: 'error=ENOSPC', points: 2 },
  { calls: ['unlink', 'unlinkat', 'rmdir'], effect: 'signal=KILL', points: 2 },
  { calls: ['unlink', 'unlinkat', 'rmdir'], effect: 'error=EIO', points: 2 },
  { calls: ['mkdir', 'mkdirat', 'symlink'], effect: 'error=ENOSPC', points: 2 },
  { calls: ['write', 'pwrite64'], effect: 'signal=KILL', points: 3 },
  // An error at any other write might hit the wake-up of a thread, which no file system can make fail.
  { calls: ['write'], effect: 'error=EIO', only: join('state', 'events.jsonl'), points: 1 },
  { calls: ['write'], effect: 'error=ENOSPC', only: join('state', 'events.jsonl'), points: 1 },
  { calls: ['link'], effect: 'signal=KILL', points: 1 },
  // As of a file system without hard links.
  { calls: ['link'], effect: 'error=EPERM', points: 1 },
]

let vendor: Vendor
let work: string
let sound: string
beforeAll(async () => {
  vendor = await startVendor()
  work = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'defs-destructive-'))
  sound = join(work, 'sound')
  const config = configure('sound', sound)
  for (const set of [first, older, newer]) {
    vendor.certify({ set })
    expect((await defs(config, 'update')).json).toMatchObject({ exitCode: 0, current: set })
  }
})
afterAll(async () => {
  rmSync(work, { recursive: true, force: true })
  await vendor.close()
})

/** A configuration for a store at a place of its own. */
function configure(name: string, store: string): string {
  const config = join(work, `${name}.yaml`)
  writeFileSync(config, readFileSync(vendor.configure(), 'utf8').replace(vendor.store, store))
  return config
}

const line = (config: string, args: readonly string[]) => [...args, '--json', '--config', config]
const defs = (config: string, ...args: string[]) => runDefs(line(config, args))

function lay({ damaged }: Pick<Scenario, 'damaged'>, store: string): void {
  // Not by cpSync: from Node.js 22 on it gives folders modes of its own.
  mkdirSync(store, { recursive: true })
  execFileSync('cp', ['-a', `${sound}/.`, store])
  if (damaged) flip(join(store, 'VirusDefs', newer, 'VIRSCAN1.DAT'))
}

/** Holds what a run left, faults and all, against what may be seen then; and heals by an ordinary update. */
async function examine(scenario: Scenario, store: string, config: string, run: Ended): Promise<void> {
  const { code, signal, json } = run
  const { done } = scenario
  if (signal === null) expect([done.code, 6]).toContain(code)
  else expect(signal).toBe('SIGKILL')
  const after = lookAt(store)
  // What was bad before may be bad still, but nothing else is ever named.
  if (scenario.damaged && after.current === newer) expect(after.damage).toEqual(['VIRSCAN1.DAT'])
  else expect(after.damage).toEqual([])
  expect([newer, done.current]).toContain(after.current)
  if (code === done.code) expect(after.current).toBe(done.current)
  if (json?.changed) expect(after.current).toBe(json.current)
  if (json?.removed) for (const set of json.removed) expect(after.sets).not.toContain(set)

  const next = await defs(config, 'update')
  expect(next.json, next.stderr).toMatchObject({ exitCode: 0 })
  const healed = lookAt(store)
  expect(healed).toMatchObject({ leftovers: [], damage: [] })
  expect(scenario.name === 'rollback' ? [newer, older] : [scenario.offered]).toContain(healed.current)
  expect((await defs(config, 'doctor')).json).toMatchObject({ exitCode: 0, findings: [] })
}

/** Does all of the list, two at a time. */
async function inTwoLanes<T>(
  list: readonly T[],
  work: (one: T, lane: number) => Promise<void>,
): Promise<void> {
  const rest = [...list]
  await Promise.all(
    [0, 1].map(async (lane) => {
      for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one, lane)
    }),
  )
}

const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0
let tried = 0

describe.skipIf(!canTrace)('a fault at any system call', () => {
  it.each(scenarios)(
    'of $name leaves good definitions and a store that heals',
    async (scenario) => {
      vendor.certify({ set: scenario.offered })
      const places = [0, 1].map((lane) => {
        const store = join(work, `${scenario.name}-${lane}`)
        return { store, config: configure(`${scenario.name}-${lane}`, store) }
      })
      const [place] = places
      if (!place) throw new Error('no place')
      lay(scenario, place.store)
      const whole = await runTraced(line(place.config, scenario.args), null, place.store)
      expect(whole.ended).toMatchObject({ code: scenario.done.code })
      rmSync(place.store, { recursive: true })

      const points = faults.flatMap((fault) => evenly(pointsOf(whole.log, fault, place.store), fault.points))
      let hit = 0
      await inTwoLanes(points, async (point, lane) => {
        const { store, config } = places[lane] ?? place
        lay(scenario, store)
        const { ended, injected } = await runTraced(line(config, scenario.args), point, store)
        if (injected) hit += 1
        try {
          await examine(scenario, store, config, ended)
        } catch (error) {
          throw new Error(`${scenario.name}: ${faultOf(point, store).join(' ')}\n${ended.stderr}`, {
            cause: error,
          })
        }
        rmSync(store, { recursive: true })
      })
      process.stdout.write(`${scenario.name}: ${hit} faults injected at ${points.length} points\n`)
      // Threads may share their work otherwise than in the run that was counted, but not by much.
      expect(hit).toBeGreaterThanOrEqual(points.length * 0.8)
      tried += hit
    },
    240_000,
  )

  it('was tried at enough points', () => {
    process.stdout.write(`${tried} faults injected in all\n`)
    expect(tried).toBeGreaterThanOrEqual(75)
  })
})

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'defs-mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', folder]).status === 0
  if (mounted) execFileSync('umount', [folder])
  rmSync(folder, { recursive: true, force: true })
  return mounted
}

const remount = (options: string, folder: string) =>
  execFileSync('mount', ['-o', `remount,${options}`, 'tmpfs', folder])

describe.skipIf(!canMount())('a file system', () => {
  let disk: string
  let store: string
  let config: string
  beforeEach(() => {
    disk = join(work, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', disk])
    store = join(disk, 'store')
    config = configure('disk', store)
  })
  afterEach(() => {
    execFileSync('umount', [disk])
    rmSync(disk, { recursive: true })
  })

  it('that is read-only is 6 for what writes and nothing for what reads', async () => {
    lay({ damaged: false }, store)
    vendor.certify({ set: newest })
    remount('ro', disk)
    for (const args of [['update'], ['rollback', '--reason', 'x'], ['verify', '--repair'], ['prune']])
      expect([args, (await defs(config, ...args)).code]).toEqual([args, 6])
    for (const command of ['status', 'verify', 'list', 'doctor'])
      expect([command, (await defs(config, command)).code]).toEqual([command, 0])
    remount('rw', disk)
    expect((await defs(config, 'update')).json).toMatchObject({ exitCode: 0, current: newest })
    expect((await defs(config, 'doctor')).json).toMatchObject({ exitCode: 0, findings: [] })
  }, 60_000)

  it.each(scenarios)(
    'that is full after so many more pages, during $name',
    async (scenario) => {
      vendor.certify({ set: scenario.offered })
      let failed = 0
      for (const pages of [0, 1, 4, 12]) {
        lay(scenario, store)
        const { blocks, bfree } = statfsSync(disk)
        remount(`size=${(blocks - bfree + pages) * 4096}`, disk)
        const env = { DEFS_STORE_RESERVE: '0' }
        const run = await runDefs(line(config, scenario.args), { env })
        if (run.code === 6) failed += 1
        remount('size=256m', disk)
        try {
          await examine(scenario, store, config, run)
        } catch (error) {
          throw new Error(`${pages} pages\n${run.stderr}`, { cause: error })
        }
        rmSync(store, { recursive: true })
      }
      expect(failed).toBeGreaterThanOrEqual(1)
    },
    60_000,
  )
})

describe.skipIf(!canFake)('a clock that jumps', () => {
  it.each([
    [-400, 'clock-behind'],
    [400, 'clock-ahead'],
  ])('by %i days is found, and leaves good definitions and a store that heals', async (jump, code) => {
    vendor.certify({ set: newer })
    const store = join(work, `clock${jump}`)
    const config = configure('clock', store)
    lay({ damaged: false }, store)
    expect(await runThen(jump, line(config, ['doctor']))).toMatchObject({ exitCode: 6, findings: [{ code }] })
    expect(await runThen(jump, line(config, ['verify']))).toMatchObject({ exitCode: 0 })
    expect([0, 5]).toContain((await runThen(jump, line(config, ['update']))).exitCode)
    expect(lookAt(store)).toMatchObject({ current: newer, leftovers: [], damage: [] })
    vendor.certify({ set: newest })
    expect((await defs(config, 'update')).json).toMatchObject({ exitCode: 0, current: newest })
    expect((await defs(config, 'doctor')).json).toMatchObject({ exitCode: 0, findings: [] })
  })
})

/** What the program prints when the clock is so many days away. */
async function runThen(days: number, args: readonly string[]) {
  return JSON.parse(await runAt(new Date(Date.now() + days * 86_400_000), [program, ...args]))
}
