import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { randomFiles } from '../support/definition-set.ts'
import { lookAt } from '../support/look.ts'
import { runDefs, startDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let config: string
beforeEach(async () => {
  vendor = await startVendor()
  config = vendor.configure('network: { stallTimeout: 1s, tries: 2 }\nlimits: { package: 8MiB }\n')
})
afterEach(() => vendor.close())

const update = (...args: string[]) => runDefs(['update', '--json', '--config', config, ...args])

/** A first good set, then a larger newer one on offer; returns the path of its package. */
async function liveThenOffer(): Promise<string> {
  vendor.certify({ set: '20261120.003' })
  expect((await update()).code).toBe(0)
  return `/${vendor.certify({ set: '20261121.001', files: randomFiles(3_000_000) })}`
}

function expectOldLive(): void {
  expect(lookAt(vendor.store)).toMatchObject({ current: '20261120.003', leftovers: [], damage: [] })
}

async function expectNextRunWell(): Promise<void> {
  vendor.http.faults.clear()
  expect((await update()).json).toMatchObject({ exitCode: 0, changed: true, current: '20261121.001' })
  expect(lookAt(vendor.store)).toMatchObject({ current: '20261121.001', leftovers: [], damage: [] })
  expect(readdirSync(join(vendor.store, 'state', 'partial'))).toEqual([])
}

describe('a transfer', () => {
  it('cut at 60 % goes on where it stopped', async () => {
    const path = await liveThenOffer()
    const bytes = Buffer.from(vendor.tree.get(path.slice(1)) ?? [])
    let cuts = 0
    const ranges: (string | undefined)[] = []
    vendor.http.faults.set(path, (request, response) => {
      ranges.push(request.headers.range)
      if (cuts++ > 0) return false
      expect(request.headers.range).toBeUndefined()
      const etag = `"${'x'.repeat(8)}"`
      response.writeHead(200, { 'content-length': bytes.length, etag })
      response.write(bytes.subarray(0, Math.floor(bytes.length * 0.6)), () => response.destroy())
      return true
    })
    const run = await update()
    expect(run.json).toMatchObject({ exitCode: 0, changed: true })
    expect(cuts).toBe(2)
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)])
    // Nothing came twice.
    expect(run.json.bytesDownloaded).toBe(bytes.length)
  })

  it('cut by every answer ends with 3, and the next run ends well', async () => {
    const path = await liveThenOffer()
    const bytes = Buffer.from(vendor.tree.get(path.slice(1)) ?? [])
    let cuts = 0
    vendor.http.faults.set(path, (_request, response) => {
      cuts++
      response.writeHead(200, { 'content-length': bytes.length })
      response.write(bytes.subarray(0, 500_000), () => response.destroy())
      return true
    })
    expect((await update()).json).toMatchObject({ exitCode: 3, changed: false, current: '20261120.003' })
    expect(cuts).toBe(2)
    expectOldLive()
    await expectNextRunWell()
  })

  it('that stalls ends with 3', async () => {
    const path = await liveThenOffer()
    vendor.http.faults.set(path, (_request, response) => {
      response.writeHead(200, { 'content-length': vendor.tree.get(path.slice(1))?.length ?? 0 })
      response.write(Buffer.alloc(1000))
      return true
    })
    expect((await update()).json).toMatchObject({ exitCode: 3, error: { code: 'SOURCE_STALLED' } })
    expectOldLive()
    await expectNextRunWell()
  })

  it('that never ends is stopped at its announced size: 4', async () => {
    const path = await liveThenOffer()
    vendor.http.faults.set(path, (_request, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(200_000)), 5)
      response.on('close', () => clearInterval(timer))
      return true
    })
    expect((await update()).json).toMatchObject({ exitCode: 4, error: { code: 'FETCH_SIZE' } })
    expectOldLive()
    await expectNextRunWell()
  })

  it('passing the deadline ends with 3', async () => {
    const path = await liveThenOffer()
    vendor.http.faults.set(path, () => new Promise(() => {}))
    expect((await update('--timeout', '1')).json).toMatchObject({ exitCode: 3 })
    expectOldLive()
  })

  it.each([
    ['Ctrl-C', 'SIGINT'],
    ['the end of its terminal', 'SIGHUP'],
  ] as const)('interrupted by %s ends with 130 and nothing half-done', async (_what, signal) => {
    const path = await liveThenOffer()
    const asked = new Promise<void>((resolve) => {
      vendor.http.faults.set(path, () => {
        resolve()
        return new Promise(() => {})
      })
    })
    const run = startDefs(['update', '--json', '--config', config])
    await asked
    run.child.kill(signal)
    expect((await run.ended).json).toMatchObject({ exitCode: 130, error: { code: 'INTERRUPTED' } })
    expectOldLive()
    await expectNextRunWell()
  })
})

describe('a server that asks for quiet', () => {
  it('429 with Retry-After: 11, not asked again before that, and other sources go on', async () => {
    await liveThenOffer()
    vendor.http.faults.set('*', (_request, response) => {
      response.writeHead(429, { 'retry-after': '3600' }).end()
      return true
    })
    const run = await update()
    expect(run.json).toMatchObject({ exitCode: 11, error: { code: 'SOURCE_COOLING_DOWN' } })
    vendor.http.faults.clear()
    vendor.http.requests.length = 0
    expect((await update()).json).toMatchObject({ exitCode: 11 })
    expect((await runDefs(['check', '--json', '--config', config])).json).toMatchObject({ exitCode: 11 })
    expect(vendor.http.requests).toEqual([])
    const status = await runDefs(['status', '--json', '--max-age', '36500d', '--config', config])
    const source = status.json.sources.find((one: { name: string }) => one.name === 'liveupdate')
    expect(Date.parse(source.coolingUntil)).toBeGreaterThan(Date.now() + 3_000_000)
    expect((await update('--source', 'over-ftp')).json).toMatchObject({ exitCode: 0, changed: true })
  })

  it('is asked again where a clock that was set back would make the wish last longer than any', async () => {
    await liveThenOffer()
    vendor.http.faults.set('*', (_request, response) => {
      response.writeHead(429, { 'retry-after': '3600' }).end()
      return true
    })
    expect((await update()).json).toMatchObject({ exitCode: 11 })
    vendor.http.faults.clear()
    // As it was written down while the clock was two days ahead.
    const path = join(vendor.store, 'state', 'sources.json')
    const records = JSON.parse(readFileSync(path, 'utf8'))
    const until = new Date(Date.now() + 49 * 3_600_000).toISOString()
    for (const host of Object.keys(records.liveupdate.coolingUntil))
      records.liveupdate.coolingUntil[host] = until
    writeFileSync(path, JSON.stringify(records))
    const status = await runDefs(['status', '--json', '--config', config])
    const source = status.json.sources.find((one: { name: string }) => one.name === 'liveupdate')
    expect(source).toMatchObject({ health: 'failing', coolingUntil: null })
    expect((await update()).json).toMatchObject({ exitCode: 0, changed: true })
  })

  it('503 without Retry-After is no such wish: 3', async () => {
    await liveThenOffer()
    vendor.http.faults.set('*', (_request, response) => {
      response.writeHead(503).end()
      return true
    })
    expect((await update()).json).toMatchObject({ exitCode: 3 })
    await expectNextRunWell()
  })
})

describe('no source', () => {
  it('on an empty store ends with 3', async () => {
    vendor.http.faults.set('*', (request) => request.socket.destroy())
    expect((await update()).json).toMatchObject({ exitCode: 3, ok: false })
  })

  it('falls back to the next one', async () => {
    vendor.certify({ set: '20261120.003' })
    config = vendor.configure('fallback: [over-ftp]\n')
    vendor.http.faults.set('*', (request) => request.socket.destroy())
    expect((await update()).json).toMatchObject({ exitCode: 0, source: 'over-ftp', changed: true })
  })
})

describe('configuration and questions', () => {
  it('check asks only: 100 when newer, 0 when not', async () => {
    await liveThenOffer()
    const run = await runDefs(['check', '--json', '--config', config])
    expect(run.json).toMatchObject({
      exitCode: 100,
      ok: true,
      current: '20261120.003',
      offered: '20261121.001',
      newer: true,
      grade: 'certified',
    })
    expect(vendor.http.requests.filter(({ url }) => url.includes('jtun_261121'))).toEqual([])
    await update()
    expect((await runDefs(['check', '--json', '--config', config])).json).toMatchObject({
      exitCode: 0,
      newer: false,
    })
  })

  it('a dry run says what would be fetched and changes nothing', async () => {
    const path = await liveThenOffer()
    const before = readFileSync(join(vendor.store, 'state', 'events.jsonl'), 'utf8')
    const run = await update('--dry-run')
    expect(run.json).toMatchObject({
      exitCode: 0,
      changed: false,
      dryRun: { offered: '20261121.001', wouldUpdate: true, bytes: vendor.tree.get(path.slice(1))?.length },
    })
    expect(run.json.dryRun.freeBytes).toBeGreaterThan(0)
    expect(readFileSync(join(vendor.store, 'state', 'events.jsonl'), 'utf8')).toBe(before)
    expectOldLive()
  })

  it('runs no code planted in the working directory', async () => {
    const trap = join(vendor.directory, 'trap')
    const { writeFileSync } = await import('node:fs')
    mkdirSync(join(trap, '.config'), { recursive: true })
    const code = `require('node:fs').writeFileSync(${JSON.stringify(join(trap, 'sprung'))}, '')\nmodule.exports = {}\n`
    for (const name of [
      '.config/config.js',
      '.config/config.cjs',
      'defs.config.js',
      'defs.config.cjs',
      '.defsrc.js',
    ]) {
      writeFileSync(join(trap, name), code)
    }
    await runDefs(['status'], { cwd: trap })
    await runDefs(['config', 'show'], { cwd: trap })
    expect(readdirSync(trap).includes('sprung')).toBe(false)
  })
})
