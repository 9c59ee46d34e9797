import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventsOf, lookAt } from '../support/look.ts'
import { runDefs, startDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

const hourly = "schedule: [{ source: liveupdate, cron: '0 * * * *' }]\n"
let vendor: Vendor
let config: string
let running: ReturnType<typeof startDefs>[] = []
beforeEach(async () => {
  vendor = await startVendor()
  config = vendor.configure(hourly)
})
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL')
  await Promise.all(running.map(({ ended }) => ended))
  running = []
  await vendor.close()
})

function daemon(...args: string[]): ReturnType<typeof startDefs> {
  const started = startDefs(['daemon', '--config', config, ...args])
  running.push(started)
  return started
}

/** Waits for something that a busy machine may take its time for. */
async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 30_000
  while (!holds()) {
    if (Date.now() > end) throw new Error(`in vain; events: ${JSON.stringify(events())}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const events = () => eventsOf(vendor.store).map(({ id }) => id)
const count = (id: number) => events().filter((one) => one === id).length
const record = () => join(vendor.store, 'state', 'daemon.json')

describe('the daemon', () => {
  it('catches up at its start, reloads, and stops with 0 when it is told to', async () => {
    vendor.certify({ set: '20261120.003' })
    const { child, ended } = daemon()
    await until(() => events().includes(25))
    // The workspace goes after the hand-over was reported.
    await until(() => lookAt(vendor.store).leftovers.length === 0)
    expect(lookAt(vendor.store)).toMatchObject({ current: '20261120.003', leftovers: [], damage: [] })
    const written = JSON.parse(readFileSync(record(), 'utf8'))
    expect(written.pid).toBe(child.pid)
    expect(Date.parse(written.startedAt)).toBeGreaterThan(0)

    const status = await runDefs(['status', '--json', '--max-age', '9999d', '--config', config])
    expect(status.json.uptime).toBeGreaterThan(0)

    // Another one for the same store.
    const second = await runDefs(['daemon', '--json', '--config', config])
    expect(second.json).toMatchObject({ exitCode: 10, error: { code: 'STORE_BUSY' } })

    vendor.configure("schedule: [{ source: nobody, cron: '0 * * * *' }]\n")
    child.kill('SIGHUP')
    await until(() => count(1073) === 1)
    vendor.configure("schedule: [{ source: liveupdate, cron: '0 0 31 2 *' }]\n")
    child.kill('SIGHUP')
    await until(() => count(1073) === 2)
    vendor.configure(hourly)
    child.kill('SIGHUP')
    await until(() => count(1072) === 1)
    // Nobody tells it this time: it looks at the file.
    vendor.configure(`${hourly}maxAge: 48h\n`)
    await until(() => count(1072) === 2)

    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 0, signal: null })
    expect(existsSync(record())).toBe(false)
    expect(events()[0]).toBe(1070)
    expect(events().at(-1)).toBe(1071)
    expect(lookAt(vendor.store)).toMatchObject({ current: '20261120.003', leftovers: [], damage: [] })
  }, 60_000)

  it.skipIf(process.platform !== 'linux')(
    'sleeps while nothing is due, and does not wake every second',
    async () => {
      config = vendor.configure('schedule: []\n')
      const { child } = daemon()
      await until(() => events().includes(1070))
      // The check at the start, and what is compiled and collected after it, twice (schedule/spare-memory.ts).
      await new Promise((resolve) => setTimeout(resolve, 35_000))
      const sleeps = () => {
        const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
        return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1])
      }
      const before = sleeps()
      await new Promise((resolve) => setTimeout(resolve, 20_000))
      expect(sleeps() - before).toBeLessThan(20)
    },
    90_000,
  )

  it.each([
    ['SIGTERM', 0],
    ['SIGINT', 130],
  ] as const)(
    'told to stop by %s in the middle of a download leaves nothing half-done',
    async (signal, code) => {
      const name = vendor.certify({ set: '20261120.003' })
      let asked = false
      vendor.http.faults.set(`/${name}`, () => {
        asked = true
        return new Promise(() => undefined)
      })
      const { child, ended } = daemon()
      await until(() => asked)
      child.kill(signal)
      expect((await ended).code).toBe(code)
      expect(lookAt(vendor.store)).toMatchObject({ current: undefined, leftovers: [] })
      expect(existsSync(join(vendor.store, 'state', 'lock'))).toBe(false)
      expect(events()).toContain(1010)
      vendor.http.faults.clear()
      expect((await runDefs(['update', '--config', config])).code).toBe(0)
    },
    60_000,
  )

  it('mends a damaged current set although no vendor answers, and serves metrics', async () => {
    for (const set of ['20261119.002', '20261120.003']) {
      vendor.certify({ set })
      expect((await runDefs(['update', '--config', config])).code).toBe(0)
    }
    const file = join(vendor.store, 'VirusDefs', '20261120.003', 'VIRSCAN1.DAT')
    writeFileSync(`${file}.new`, 'damaged')
    renameSync(`${file}.new`, file)
    vendor.http.faults.set('*', (_, response) => {
      response.destroy()
      return true
    })
    const textfile = join(vendor.directory, 'defs.prom')
    config = vendor.configure(`${hourly}metrics: { textfile: '${textfile}' }\n`)
    const { child, ended } = daemon()
    await until(() => existsSync(textfile))
    expect(events()).toContain(399)
    expect(lookAt(vendor.store)).toMatchObject({ current: '20261119.002', damage: [] })
    expect(readFileSync(textfile, 'utf8')).toMatch(/^defs_info\{[^}]*set="20261119\.002"/m)
    const printed = await runDefs(['metrics', '--config', config])
    expect(printed.stdout).toMatch(/^defs_info\{[^}]*set="20261119\.002"/m)
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
  }, 60_000)

  it('does not start with a line that never comes due; config check names each, and schedule warns', async () => {
    const lines = [
      "{ source: liveupdate, cron: '0 0 31 2 *' }",
      "{ source: liveupdate, cron: '0 0 30 2 *', enabled: false }",
      "{ source: liveupdate, cron: '0 0 31 6,11 *' }",
      "{ source: liveupdate, cron: '0 0 29 2 */7' }",
    ]
    config = vendor.configure(`schedule:\n  - ${lines.join('\n  - ')}\n`)
    const text = (cron: string) => `'${cron}' never comes due: none of its months has such a day`
    const check = await runDefs(['config', 'check', '--json', '--config', config])
    const { line } = check.json.problems[0]
    expect(check.json).toMatchObject({
      exitCode: 2,
      problems: [
        { path: 'schedule[0].cron', line: expect.any(Number), message: text('0 0 31 2 *') },
        { path: 'schedule[2].cron', line: line + 2, message: text('0 0 31 6,11 *') },
      ],
    })
    const schedule = await runDefs(['schedule', '--config', config])
    expect([schedule.code, schedule.stderr.match(/never comes due/g)]).toEqual([
      0,
      Array(2).fill('never comes due'),
    ])
    const started = await daemon().ended
    expect(started).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("'0 0 31 2 *' in the schedule never"),
    })
    expect(events()).toEqual([])
  }, 60_000)

  it('that was killed stands in the way of no other', async () => {
    const first = daemon()
    await until(() => count(1070) === 1)
    first.child.kill('SIGKILL')
    await first.ended
    const { child, ended } = daemon()
    await until(() => count(1070) === 2)
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
  }, 60_000)
})
