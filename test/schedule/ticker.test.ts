import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { everySecond } from '../../src/schedule/ticker.ts'

describe('the ticker', () => {
  it('ticks, outlives what a tick throws, never ticks twice at once, and stops', async () => {
    let ticks = 0
    let working = 0
    let most = 0
    const enough = new Promise<void>((resolve) => {
      const ticker = everySecond(async () => {
        ticks += 1
        working += 1
        most = Math.max(most, working)
        // Longer than the time between two ticks.
        if (ticks === 1) await new Promise((wake) => setTimeout(wake, 1500))
        working -= 1
        if (ticks === 2) throw new Error('a bad tick')
        if (ticks === 3) void ticker.stop().then(resolve)
      })
    })
    await enough
    expect([ticks, most]).toEqual([3, 1])
  }, 30_000)
})

const built = resolve('dist/schedule/ticker.js')
const canFake = existsSync(built) && spawnSync('faketime', ['-f', '+1d', 'true']).status === 0

/** Ticks of five seconds that begin at a moment, by the machine clock of a zone. */
async function ticksAt(timeZone: string, moment: string): Promise<number> {
  const script = `import(process.argv[1]).then(({ everySecond }) => {
    let ticks = 0
    const ticker = everySecond(async () => { ticks += 1 })
    setTimeout(() => { console.log(ticks); void ticker.stop() }, 5000)
  })`
  // The absolute moment, so that faketime does not read it by the clock of the zone.
  const from = `@${Math.floor(Date.parse(moment) / 1000)}`
  const env = { ...process.env, TZ: timeZone, FAKETIME_FMT: '%s' }
  const args = ['-f', from, process.execPath, '-e', script, built]
  const { stdout } = await promisify(execFile)('faketime', args, { env, timeout: 60_000 })
  return Number(stdout)
}

describe.skipIf(!canFake)('the ticker while the clock changes', () => {
  it.each([
    ['Europe/Berlin', 'in the gap', '2027-03-28T00:59:57Z'],
    ['Europe/Berlin', 'in the first pass', '2027-10-31T00:30:00Z'],
    ['Europe/Berlin', 'into the second pass', '2027-10-31T00:59:57Z'],
    ['Europe/Berlin', 'in the second pass', '2027-10-31T01:30:00Z'],
    ['America/New_York', 'in the gap', '2027-03-14T06:59:57Z'],
    ['America/New_York', 'in the first pass', '2027-11-07T05:30:00Z'],
    ['America/New_York', 'into the second pass', '2027-11-07T05:59:57Z'],
    ['America/New_York', 'in the second pass', '2027-11-07T06:30:00Z'],
  ])('goes on, %s %s', { concurrent: true, timeout: 60_000 }, async (zone, _, moment) => {
    expect(await ticksAt(zone, moment)).toBeGreaterThanOrEqual(3)
  })
})
