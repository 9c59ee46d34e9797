import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCron, refuseMisread } from '../../src/schedule/cron.ts'
import { nextRuns } from '../../src/schedule/next-runs.ts'
import { entry } from './entry.ts'

const minute = 60_000

/** One field by brute force: is this value meant? Knows numbers only. */
function meant(field: string, value: number, most: number): boolean {
  return field.split(',').some((item) => {
    const [range = '', step] = item.split('/')
    const [low = '', high] = range.split('-')
    const from = low === '*' ? (most === 31 || most === 12 ? 1 : 0) : Number(low)
    const open = low === '*' || (high === undefined && step !== undefined)
    const to = open ? most : Number(high ?? low)
    return value >= from && value <= to && (value - from) % Number(step ?? 1) === 0
  })
}

/** The minutes between two moments that are due by brute force. */
function dueBetween(cron: string, start: number, end: number): Date[] {
  const [m = '', h = '', d = '', mo = '', w = ''] = cron.split(' ')
  const table = (field: string, most: number) =>
    Array.from({ length: most + 1 }, (_, value) => meant(field, value, most))
  const [minutes, hours, days, months, weekdays] = [
    table(m, 59),
    table(h, 23),
    table(d, 31),
    table(mo, 12),
    table(w, 7),
  ]
  const either = d[0] !== '*' && w[0] !== '*'
  const found: Date[] = []
  for (let time = start; time < end; time += minute) {
    const at = new Date(time)
    const weekday = at.getUTCDay()
    const byDay = days[at.getUTCDate()]
    const byWeekday = weekdays[weekday] || (weekday === 0 && weekdays[7])
    const today = either ? byDay || byWeekday : byDay && byWeekday
    if (today && minutes[at.getUTCMinutes()] && hours[at.getUTCHours()] && months[at.getUTCMonth() + 1]) {
      found.push(at)
    }
  }
  return found
}

/** Whether a leap year has a day that the expression may come due on, whatever day of the week that is. */
function hasDay(cron: string): boolean {
  const [, , d = '', mo = '', w = ''] = cron.split(' ')
  const days = Array.from({ length: 366 }, (_, day) => new Date(Date.UTC(2024, 0, 1 + day)))
  const either = d[0] !== '*' && w[0] !== '*'
  return days.some((at) => meant(mo, at.getUTCMonth() + 1, 12) && (either || meant(d, at.getUTCDate(), 31)))
}

function item(least: number, most: number): fc.Arbitrary<string> {
  const value = fc.integer({ min: least, max: most })
  const step = fc.integer({ min: 1, max: most })
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)
  const stepped = fc
    .tuple(fc.oneof(range, value.map(String), fc.constant('*')), step)
    .map((pair) => pair.join('/'))
  return fc.oneof(fc.constant('*'), value.map(String), range, stepped)
}

const field = (least: number, most: number) =>
  fc.array(item(least, most), { minLength: 1, maxLength: 3 }).map((list) => list.join(','))
const expression = fc
  .tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7))
  .map((list) => list.join(' '))

describe('readCron', () => {
  it('agrees with looking at every minute of a month', () => {
    const start = Date.UTC(2026, 1, 1)
    const end = Date.UTC(2026, 2, 1)
    fc.assert(
      fc.property(expression, (cron) => {
        const expected = dueBetween(cron, start, end).slice(0, 200)
        const found = nextRuns([entry({ cron })], new Date(start - 1), {
          count: 200,
          until: new Date(end - 1),
          timeZone: 'UTC',
          host: null,
        })
        expect(found.map(({ at }) => at)).toEqual(expected)
      }),
    )
  })

  it('means the same in its plain form', () => {
    fc.assert(
      fc.property(expression, (cron) => {
        const read = readCron(cron)
        expect(readCron(read.plain.join(' '))).toEqual(read)
      }),
    )
  })

  it('is what node-cron reads, too, unless it never comes due', async () => {
    const never = { message: expect.stringContaining('never comes due: none of its months has such a day') }
    const read = fc.asyncProperty(expression, async (cron) => {
      const error = await refuseMisread([entry({ cron })]).catch((thrown: unknown) => thrown)
      if (error !== undefined) expect(error).toMatchObject(never)
      expect([cron, error === undefined]).toEqual([cron, hasDay(cron)])
    })
    await fc.assert(read)
    await expect(refuseMisread([entry({ cron: '0 0 30 2 *' })])).rejects.toMatchObject(never)
    await refuseMisread([entry({ cron: '0 0 30 2 0' }), entry({ cron: '* 0-0 30/1 2-2/1 0-0' })])
    await refuseMisread([entry({ cron: '50/5 */3,1/2 1,15 JAN-mar fri' }), entry({ cron: '30 0 6 * * 7' })])
  })

  it('writes names and open steps as numbers, and keeps a leading star', () => {
    expect(readCron('5/15 */2 1,15 JAN-mar fri').plain).toEqual(['5-59/15', '*/2', '1,15', '1-3', '5'])
  })

  it('throws for what the configuration refuses', () => {
    expect(() => readCron('* 24 * * *')).toThrowError(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: "'* 24 * * *' in the schedule is no cron expression: '24' is no hour (0 to 23)",
      }),
    )
  })
})
