import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScheduleConfig } from '../../src/config/config.ts'
import { nextRuns, slotUpTo } from '../../src/schedule/next-runs.ts'
import { ruleOf } from '../../src/schedule/rule.ts'
import { wallClock } from '../../src/schedule/wall-clock.ts'
import { entry, example, reading } from './entry.ts'

const hour = 3_600_000
const minute = 60_000

function next(entries: readonly ScheduleConfig[], from: string, count: number, timeZone = 'UTC') {
  return nextRuns(entries, new Date(from), { count, until: null, timeZone, host: null })
}

function readings(one: ScheduleConfig, from: string, count: number, timeZone = 'UTC') {
  return next([one], from, count, timeZone).map(({ at }) => reading(at, timeZone))
}

function moments(one: ScheduleConfig, from: string, count: number, timeZone = 'UTC') {
  return next([one], from, count, timeZone).map(({ at }) => at.toISOString())
}

describe('nextRuns of days, first and every', () => {
  it('follows the example over two weeks: five runs on Tuesdays and Thursdays, midnight ends the day', () => {
    const days = ['2026-11-24', '2026-11-26', '2026-12-01', '2026-12-03']
    const expected = days.flatMap((day) => ['06', '10', '14', '18', '22'].map((h) => `${day} ${h}:00:00`))
    expect(readings(example, '2026-11-22T00:00:00Z', 20)).toEqual(expected)
  })

  it.each([
    ['2026-11-24T05:59:59.999Z', '2026-11-24 06:00:00'],
    ['2026-11-24T06:00:00Z', '2026-11-24 10:00:00'],
    ['2026-11-24T21:59:59Z', '2026-11-24 22:00:00'],
    ['2026-11-24T22:00:00Z', '2026-11-26 06:00:00'],
    ['2026-11-26T23:59:59Z', '2026-12-01 06:00:00'],
    ['2026-12-31T22:30:00Z', '2027-01-05 06:00:00'],
  ])('after %s comes %s', (from, at) => {
    expect(readings(example, from, 1)).toEqual([at])
  })

  it('runs once a day without every, on every day without days, from midnight without first', () => {
    expect(readings(entry({ days: ['sun'], first: '23:59' }), '2026-02-20T00:00:00Z', 2)).toEqual([
      '2026-02-22 23:59:00',
      '2026-03-01 23:59:00',
    ])
    expect(readings(entry({ first: '03:30' }), '2028-02-28T04:00:00Z', 2)).toEqual([
      '2028-02-29 03:30:00',
      '2028-03-01 03:30:00',
    ])
    expect(readings(entry({ every: 7 * hour }), '2026-01-31T15:00:00Z', 3)).toEqual([
      '2026-01-31 21:00:00',
      '2026-02-01 00:00:00',
      '2026-02-01 07:00:00',
    ])
    expect(readings(entry({ first: '01:30', every: 10 * hour }), '2026-01-31T15:00:00Z', 3)).toEqual([
      '2026-01-31 21:30:00',
      '2026-02-01 01:30:00',
      '2026-02-01 11:30:00',
    ])
  })

  it('takes an every of a day or more for once a day', () => {
    expect(readings(entry({ first: '06:00', every: 36 * hour }), '2026-01-01T06:00:00Z', 2)).toEqual([
      '2026-01-02 06:00:00',
      '2026-01-03 06:00:00',
    ])
  })

  it('goes by the clock of the zone, be it 5 hours 45 minutes from UTC', () => {
    expect(moments(example, '2026-11-23T12:00:00Z', 2, 'Asia/Kathmandu')).toEqual([
      '2026-11-24T00:15:00.000Z',
      '2026-11-24T04:15:00.000Z',
    ])
  })
})

function calendarDayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 1).toISOString().slice(0, 10)
}

describe('nextRuns when the clock changes', () => {
  const hourly = entry({ every: hour })
  const quarters = entry({ cron: '*/15 * * * *' })
  const daily = (first: string) => entry({ first })

  it('Berlin: every four hours stays on its clock times through both changes', () => {
    const times = ['00', '04', '08', '12', '16', '20']
    for (const day of ['2026-03-29', '2026-10-25']) {
      const evening = `${calendarDayBefore(day)}T21:00:00Z`
      expect(readings(entry({ every: 4 * hour }), evening, 6, 'Europe/Berlin')).toEqual(
        times.map((time) => `${day} ${time}:00:00`),
      )
    }
  })

  it.each([
    [
      'Berlin skips 02:30',
      'Europe/Berlin',
      '02:30',
      '2026-03-28T12:00:00Z',
      ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
    ],
    [
      'Berlin has 02:30 twice',
      'Europe/Berlin',
      '02:30',
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
    ],
    [
      'New York skips 02:30',
      'America/New_York',
      '02:30',
      '2026-03-08T00:00:00Z',
      ['2026-03-08T07:00:00.000Z', '2026-03-09T06:30:00.000Z'],
    ],
    [
      'New York has 01:30 twice',
      'America/New_York',
      '01:30',
      '2026-11-01T00:00:00Z',
      ['2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z'],
    ],
    [
      'Lord Howe skips 02:15',
      'Australia/Lord_Howe',
      '02:15',
      '2026-10-03T00:00:00Z',
      ['2026-10-03T15:30:00.000Z', '2026-10-04T15:15:00.000Z'],
    ],
    [
      'Lord Howe has 01:45 twice',
      'Australia/Lord_Howe',
      '01:45',
      '2026-04-04T00:00:00Z',
      ['2026-04-04T14:45:00.000Z', '2026-04-05T15:15:00.000Z'],
    ],
    [
      'Cairo skips midnight',
      'Africa/Cairo',
      '00:00',
      '2026-04-23T12:00:00Z',
      ['2026-04-23T22:00:00.000Z', '2026-04-24T21:00:00.000Z'],
    ],
  ])('%s', (_, zone, first, from, expected) => {
    expect(moments(daily(first), from, 2, zone)).toEqual(expected)
  })

  it('asked between the two 02:30, waits for the next day', () => {
    expect(moments(daily('02:30'), '2026-10-25T01:10:00Z', 1, 'Europe/Berlin')).toEqual([
      '2026-10-26T01:30:00.000Z',
    ])
  })

  it('runs once for all the times of one gap', () => {
    expect(readings(quarters, '2026-03-29T00:40:00Z', 3, 'Europe/Berlin')).toEqual([
      '2026-03-29 01:45:00',
      '2026-03-29 03:00:00',
      '2026-03-29 03:15:00',
    ])
    expect(
      next([hourly], '2026-03-28T23:00:00Z', 100, 'Europe/Berlin').filter(
        ({ at }) => at < new Date('2026-03-29T22:00:00Z'),
      ),
    ).toHaveLength(22)
  })

  it('runs once for a time that comes twice', () => {
    const hours = entry({ cron: '0 1-4 * * *' })
    expect(moments(hours, '2026-10-24T23:30:00Z', 3, 'Europe/Berlin')).toEqual([
      '2026-10-25T00:00:00.000Z',
      '2026-10-25T02:00:00.000Z',
      '2026-10-25T03:00:00.000Z',
    ])
  })

  it.each([
    ['every: 1h in Berlin', hourly, 'Europe/Berlin', '2026-10-24T23:30:00Z', 60],
    ['*/15 in Berlin', quarters, 'Europe/Berlin', '2026-10-24T23:45:00Z', 15],
    ['15 * * * * in New York', entry({ cron: '15 * * * *' }), 'America/New_York', '2026-11-01T04:15:00Z', 60],
    // Half an hour is repeated there, so one run comes half an hour after another.
    ['*/10 on Lord Howe', entry({ cron: '*/10 * * * *' }), 'Australia/Lord_Howe', '2026-04-04T13:30:00Z', 10],
  ])('%s goes on through both passes', (_, one, zone, from, distance) => {
    const at = [Date.parse(from), ...moments(one, from, 40, zone).map((text) => Date.parse(text))]
    const distances = at.slice(1).map((moment, index) => (moment - (at[index] ?? 0)) / minute)
    expect(new Set(distances.slice(1))).toEqual(new Set([distance]))
  })

  it('takes up between the passes, from either of them', () => {
    const from = (text: string) => moments(quarters, text, 2, 'Europe/Berlin')
    expect(from('2026-10-25T00:50:00Z')).toEqual(['2026-10-25T01:00:00.000Z', '2026-10-25T01:15:00.000Z'])
    expect(from('2026-10-25T01:50:00Z')).toEqual(['2026-10-25T02:00:00.000Z', '2026-10-25T02:15:00.000Z'])
  })

  it('knows the last run in the second pass', () => {
    const rule = ruleOf(quarters)
    const last = slotUpTo(rule, wallClock('Europe/Berlin'), Date.parse('2026-10-25T01:20:00Z'))
    expect(new Date(last ?? 0).toISOString()).toBe('2026-10-25T01:15:00.000Z')
  })
})

describe('nextRuns of cron expressions', () => {
  it.each<[string, string, string[]]>([
    ['15 * * * *', '2026-01-31T23:15:00Z', ['2026-02-01 00:15:00', '2026-02-01 01:15:00']],
    ['0 0 31 * *', '2026-01-31T00:00:00Z', ['2026-03-31 00:00:00', '2026-05-31 00:00:00']],
    ['0 12 29 feb *', '2026-01-01T00:00:00Z', ['2028-02-29 12:00:00', '2032-02-29 12:00:00']],
    ['30 6 * * 7', '2026-11-22T06:30:00Z', ['2026-11-29 06:30:00', '2026-12-06 06:30:00']],
    ['30 6 * * SUN', '2026-11-20T00:00:00Z', ['2026-11-22 06:30:00', '2026-11-29 06:30:00']],
    ['0 9-17/4 * * mon-fri', '2026-11-20T13:00:00Z', ['2026-11-20 17:00:00', '2026-11-23 09:00:00']],
    ['50/5 23 * * *', '2026-11-20T00:00:00Z', ['2026-11-20 23:50:00', '2026-11-20 23:55:00']],
    ['*/20 5 4 * * *', '2026-11-20T04:05:20Z', ['2026-11-20 04:05:40', '2026-11-21 04:05:00']],
    // Either day field is enough when both are restricted, and both must fit when one begins with a star.
    ['0 0 13 * fri', '2026-11-12T00:00:00Z', ['2026-11-13 00:00:00', '2026-11-20 00:00:00']],
    ['0 0 13 * fri', '2026-12-11T00:00:00Z', ['2026-12-13 00:00:00', '2026-12-18 00:00:00']],
    ['0 0 */13 * fri', '2026-11-01T00:00:00Z', ['2026-11-27 00:00:00', '2027-01-01 00:00:00']],
    ['0 0 1 * *', '2026-11-01T00:00:00Z', ['2026-12-01 00:00:00', '2027-01-01 00:00:00']],
  ])('%s after %s', (cron, from, expected) => {
    expect(readings(entry({ cron }), from, 2)).toEqual(expected)
  })

  it('finds 29 February on a Sunday 28 years off, and gives up on 30 February', () => {
    expect(readings(entry({ cron: '0 0 29 2 */7' }), '2032-03-01T00:00:00Z', 1)).toEqual([
      '2060-02-29 00:00:00',
    ])
    expect(next([entry({ cron: '0 0 30 2 *' })], '2026-01-01T00:00:00Z', 1)).toEqual([])
  })
})

describe('nextRuns of several entries', () => {
  const rapid = entry({ source: 'rapid', cron: '0 */6 * * *' })

  it('puts them in one order and drops what two entries of one source share', () => {
    const doubled = entry({ source: 'rapid', first: '06:00' })
    const runs = next([example, rapid, doubled], '2026-11-24T00:00:00Z', 4)
    expect(runs.map(({ source, at }) => [source, at.toISOString().slice(0, 16)])).toEqual([
      ['main', '2026-11-24T06:00'],
      ['rapid', '2026-11-24T06:00'],
      ['main', '2026-11-24T10:00'],
      ['rapid', '2026-11-24T12:00'],
    ])
  })

  it('stops at the nearer of its bounds', () => {
    const from = new Date('2026-11-24T00:00:00Z')
    const place = { timeZone: 'UTC', host: null }
    const until = new Date('2026-11-24T12:00:00Z')
    expect(nextRuns([rapid], from, { count: 10, until, ...place })).toHaveLength(2)
    expect(nextRuns([rapid], from, { count: 1, until, ...place })).toHaveLength(1)
    expect(nextRuns([rapid], from, { count: 0, until, ...place })).toEqual([])
    expect(nextRuns([], from, { count: 10, until: null, ...place })).toEqual([])
  })

  it('refuses an unknown time zone', () => {
    expect(() => next([example], '2026-11-24T00:00:00Z', 1, 'Europe/Entenhausen')).toThrowError(
      expect.objectContaining({ code: 'USAGE_ARGUMENT' }),
    )
  })

  it('takes the zone of the machine when none is named', () => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
    const from = new Date('2026-11-24T00:00:00Z')
    const horizon = { count: 3, until: null, host: null }
    expect(nextRuns([example], from, { ...horizon, timeZone: null })).toEqual(
      nextRuns([example], from, { ...horizon, timeZone: zone }),
    )
  })
})

describe('nextRuns, whatever the entry', () => {
  const names: NonNullable<ScheduleConfig['days']>[number][] = [
    'sun',
    'mon',
    'tue',
    'wed',
    'thu',
    'fri',
    'sat',
  ]
  const byDays = fc.record({
    days: fc.option(fc.subarray(names, { minLength: 1 })),
    first: fc.option(fc.nat({ max: 1439 }).map((m) => new Date(m * minute).toISOString().slice(11, 16))),
    every: fc.option(fc.integer({ min: 20, max: 3000 }).map((m) => m * minute)),
    jitter: fc.constantFrom(0, 5 * minute, 5 * hour),
  })
  const zone = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'America/St_Johns',
  )
  const from = fc.date({ min: new Date('2024-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })

  it('rises strictly, from after `from` to within the bounds, on the right days', () => {
    fc.assert(
      fc.property(byDays, zone, from, fc.boolean(), (parts, timeZone, start, spread) => {
        const until = new Date(start.getTime() + 10 * 24 * hour)
        const host = spread ? 'mail-1' : null
        const runs = nextRuns([entry(parts)], start, { count: 30, until, timeZone, host })
        expect(runs.length).toBeLessThanOrEqual(30)
        let before = start
        for (const { at } of runs) {
          expect(at.getTime()).toBeGreaterThan(before.getTime())
          expect(at.getTime()).toBeLessThanOrEqual(until.getTime())
          const day = new Date(`${reading(at, timeZone).slice(0, 10)}T00:00:00Z`).getUTCDay()
          if (!spread && parts.days) expect(parts.days).toContain(names[day])
          before = at
        }
      }),
    )
  })

  it('goes on where it stopped: asking twice for five is asking once for ten', () => {
    fc.assert(
      fc.property(byDays, zone, from, (parts, timeZone, start) => {
        const ask = (after: Date, count: number) =>
          nextRuns([entry(parts)], after, { count, until: null, timeZone, host: 'mail-1' })
        const ten = ask(start, 10)
        const five = ten.slice(0, 5)
        expect([...five, ...ask(five.at(-1)?.at ?? start, 5)]).toEqual(ten)
      }),
    )
  })
})
