import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Context } from '../../src/context.ts'
import { DefsError } from '../../src/error.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import type { Store } from '../../src/hawking/store.ts'
import { watchFreshness } from '../../src/watch/alerts.ts'
import { storeAt } from '../hawking/world.ts'
import { entry } from './entry.ts'
import { asked, configOf, minute, type Simulation, simulate } from './simulation.ts'

// October in Berlin: the clock goes back on the 25th. Midnight there is 22:00 in UTC, and 23:00 afterwards.
const start = '2026-09-30T22:00:00Z'
const end = '2026-10-31T23:00:00Z'
const off = { from: '2026-10-09T22:00:00Z', to: '2026-10-12T10:00:00Z' }
const failing = { from: '2026-10-15T02:35:00Z', to: '2026-10-15T03:35:00Z' }
/** On these days no set appears. */
const idle = ['2026-10-20', '2026-10-21', '2026-10-22', '2026-10-23']

let root: string
let store: Store
let outdated: string[]
let month: Simulation

/** The newest set that the vendor has: one a day, from 02:00 in UTC on. */
function newest(now: Date): string {
  for (let at = now.getTime() - 2 * 60 * minute; ; at -= 24 * 60 * minute) {
    const day = new Date(at).toISOString().slice(0, 10)
    if (!idle.includes(day)) return `${day.replaceAll('-', '')}.001`
  }
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-month-'))
  store = storeAt(root)
  outdated = []
  await prepareStore(store, null)
  const point = (set: string) => writeFileSync(store.definfo, `[DefDates]\r\nCurDefs=${set}\r\n`)
  point('20260930.001')
  const config = await configOf({})
  const watch = (context: Context) => {
    const report = () => outdated.push(context.now().toISOString().slice(0, 16))
    return watchFreshness({ config, context, store, report })
  }
  month = await simulate({
    start,
    timeZone: 'Europe/Berlin',
    schedule: [
      entry({ first: '05:00' }),
      entry({ source: 'rapid', every: 120 * minute }),
      entry({ source: 'shared', days: ['tue', 'thu'], first: '06:00', every: 240 * minute }),
    ],
    remembered: {
      main: asked('2026-09-30T21:00:00Z'),
      rapid: asked('2026-09-30T21:00:00Z'),
      shared: asked('2026-09-30T21:00:00Z'),
    },
    async update(source, context, now) {
      if (source === 'main') {
        if (now >= new Date(failing.from) && now < new Date(failing.to)) {
          throw new DefsError('SOURCE_UNREACHABLE', 'nobody is there')
        }
        point(newest(now))
      }
      await watch(context)
      return 'done'
    },
    check: watch,
  })
  await month.until(off.from)
  month.sleepUntil(off.to)
  await month.until(end)
}, 60_000)
afterEach(() => rmSync(root, { recursive: true, force: true }))

const days = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const of = (source: string) =>
  month.runs.filter((run) => run.endsWith(` ${source}`)).map((run) => run.slice(0, 16))
const at = (day: number, time: string) => `2026-10-${String(day).padStart(2, '0')}T${time}`

describe('a month of the daemon', () => {
  it('is counted exactly: runs, one catch-up, retries, the change of the clock, and every 404', () => {
    // Every day at five by the clock on the wall.
    expect(of('main')).toEqual([
      ...days(1, 9).map((day) => at(day, '03:00')),
      // Off for two days and a half: three were missed, one makes up for them.
      at(12, '10:00'),
      ...days(13, 14).map((day) => at(day, '03:00')),
      // The vendor is down for an hour: retried every quarter of one until it is back.
      ...['03:00', '03:15', '03:30', '03:45'].map((time) => at(15, time)),
      ...days(16, 24).map((day) => at(day, '03:00')),
      ...days(25, 31).map((day) => at(day, '04:00')),
    ])
    // Twelve a day, the day of 25 hours included; six on the day that began at noon.
    expect(of('rapid')).toHaveLength(9 * 12 + 6 + 19 * 12)
    expect(of('rapid').filter((run) => run >= at(24, '22:00') && run < at(25, '23:00'))).toHaveLength(12)
    // Tuesdays and Thursdays, five a day; nothing of Saturday to Monday is made up for, since nothing was due.
    const tuesdaysAndThursdays = [1, 6, 8, 13, 15, 20, 22, 27, 29]
    expect(of('shared')).toEqual(
      tuesdaysAndThursdays.flatMap((day) =>
        [6, 10, 14, 18, 22].map((hour) =>
          at(day, `${String(hour - (day < 25 ? 2 : 1)).padStart(2, '0')}:00`),
        ),
      ),
    )
    expect(month.events.map(({ name, time, source }) => [name, time.slice(0, 16), source])).toEqual(
      ['03:00', '03:15', '03:30'].map((time) => ['update.failed', at(15, time), 'main']),
    )
    // A set of the 19th is older than 36 hours from noon of the 20th on; at three of the 24th there is another.
    const first = ['12:10', '18:10']
    const quarters = ['00:10', '06:10', ...first]
    expect(outdated).toEqual([
      at(12, '10:00'),
      ...first.map((time) => at(20, time)),
      ...days(21, 23).flatMap((day) => quarters.map((time) => at(day, time))),
      at(24, '00:10'),
    ])
    // Every ten minutes while the machine was on: 744 hours of October and one more, less those it was off.
    expect(month.checks).toHaveLength((745 - 60) * 6)
  })
})
