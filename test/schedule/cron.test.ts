import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cronProblem } from '../../src/config/cron.ts'
import { isDefsError } from '../../src/error.ts'
import { readCron } from '../../src/schedule/cron.ts'
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

  it('writes names and open steps as numbers, and keeps a leading star', () => {
    expect(readCron('5/15 */2 1,15 JAN-mar fri').plain).toEqual(['5-59/15', '*/2', '1,15', '1-3', '5'])
  })

  // Five or six fields, each of them right or nearly so; now and then another number of them.
  const value = fc.constantFrom(
    '*',
    '0',
    '1',
    '7',
    '8',
    '12',
    '23',
    '31',
    '59',
    '60',
    'mon',
    'jan',
    'sun',
    'L',
    '?',
  )
  const end = fc.constantFrom(
    '',
    '',
    '',
    '-5',
    '-mon',
    '-dec',
    '-0',
    '/2',
    '/0',
    '/',
    '-',
    '/60',
    '-5/2',
    '#1',
  )
  const part = fc
    .array(
      fc.tuple(value, end).map((pair) => pair.join('')),
      { minLength: 1, maxLength: 2 },
    )
    .map((list) => list.join(','))
  const good = fc.constantFrom('*', '1', '2-5', '*/2', '1,2')
  const odd = fc
    .tuple(
      fc.array(fc.oneof({ weight: 3, arbitrary: good }, part), { minLength: 4, maxLength: 7 }),
      fc.constantFrom(' ', '  ', '\t'),
    )
    .map(([fields, blank]) => fields.join(blank))

  it('refuses exactly what the configuration refuses', () => {
    const outcomes = { read: 0, refused: 0 }
    fc.assert(
      fc.property(fc.oneof(expression, { weight: 3, arbitrary: odd }), (text) => {
        let code: string | null = null
        try {
          readCron(text)
        } catch (error) {
          code = isDefsError(error) ? error.code : String(error)
        }
        const fields = text.split(/\s+/).length
        if (fields === 5 || fields === 6) outcomes[code === null ? 'read' : 'refused'] += 1
        return code === (cronProblem(text) === null ? null : 'CONFIG_INVALID')
      }),
      { numRuns: 1000 },
    )
    // Both answers were met often, and not for the number of fields.
    for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(100)
  })

  it.each([
    '',
    '* * * *',
    '* * * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * 32 * *',
    '* * * 13 *',
    '* * * * 8',
    '*/0 * * * *',
    '5-1 * * * *',
    '*-5 * * * *',
    '1,,2 * * * *',
    '@daily',
    '* * L * *',
    '-1 * * * *',
  ])('refuses %j', (text) => {
    expect(() => readCron(text)).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
