import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { missedRun } from '../../src/schedule/agenda.ts'
import { nextRuns } from '../../src/schedule/next-runs.ts'
import { entry, example } from './entry.ts'

const utc = { timeZone: 'UTC', host: null }

function missed(last: string | null, now: string) {
  return (
    missedRun([example], last === null ? null : new Date(last), new Date(now), utc)?.at.toISOString() ?? null
  )
}

describe('missedRun', () => {
  it.each([
    ['nothing was due since Tuesday 22:00', '2026-11-24T22:00:05Z', '2026-11-26T05:59:59Z', null],
    [
      'the run is due this very moment',
      '2026-11-24T22:00:05Z',
      '2026-11-26T06:00:00Z',
      '2026-11-26T06:00:00.000Z',
    ],
    ['one run was missed', '2026-11-24T18:00:05Z', '2026-11-25T08:00:00Z', '2026-11-24T22:00:00.000Z'],
    [
      'many were missed: the latest one',
      '2026-01-01T00:00:00Z',
      '2026-11-25T08:00:00Z',
      '2026-11-24T22:00:00.000Z',
    ],
    ['the last run started on the dot', '2026-11-24T22:00:00Z', '2026-11-25T08:00:00Z', null],
    [
      'the last run lies ahead, the clock having been set back',
      '2026-12-24T22:00:00Z',
      '2026-11-25T08:00:00Z',
      null,
    ],
    ['there was no run yet', null, '2026-11-28T08:00:00Z', '2026-11-26T22:00:00.000Z'],
  ])('%s', (_, last, now, expected) => {
    expect(missed(last, now)).toBe(expected)
  })

  it('knows none for an empty schedule or one that never comes due', () => {
    const now = new Date('2026-11-28T08:00:00Z')
    expect(missedRun([], null, now, utc)).toBeNull()
    expect(missedRun([entry({ cron: '0 0 30 2 *' })], null, now, utc)).toBeNull()
  })

  it('names the latest of several entries', () => {
    const rapid = entry({ source: 'rapid', cron: '15 * * * *' })
    const now = new Date('2026-11-24T10:30:00Z')
    for (const entries of [
      [example, rapid],
      [rapid, example],
    ]) {
      expect(missedRun(entries, new Date('2026-11-24T00:00:00Z'), now, utc)?.source).toBe('rapid')
    }
  })

  it('sees a slot of the first pass from within the second pass of a clock set back', () => {
    const half = entry({ first: '02:30' })
    const berlin = { timeZone: 'Europe/Berlin', host: null }
    const run = missedRun([half], new Date('2026-10-24T22:00:00Z'), new Date('2026-10-25T01:10:00Z'), berlin)
    expect(run?.at.toISOString()).toBe('2026-10-25T00:30:00.000Z')
  })

  it('sees the midnight that a clock set back to yesterday has shown already', () => {
    // St. John's went from 00:01 on 7 November back to 23:01 on the 6th.
    const midnight = entry({ first: '00:00' })
    const place = { timeZone: 'America/St_Johns', host: null }
    const run = missedRun(
      [midnight],
      new Date('2010-11-06T12:00:00Z'),
      new Date('2010-11-07T03:00:00Z'),
      place,
    )
    expect(run?.at.toISOString()).toBe('2010-11-07T02:30:00.000Z')
  })

  it('is the last of the runs that nextRuns foretold', () => {
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns')
    const moment = fc.date({ min: new Date('2005-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
    const cron = fc.constantFrom('15 * * * *', '30 2 * * *', '0 0 1,15 * *', '*/7 1-3 * * *', '1 0 * * *')
    fc.assert(
      fc.property(zone, moment, fc.nat({ max: 72 * 3_600_000 }), cron, (timeZone, last, gone, expression) => {
        const place = { timeZone, host: 'mail-1' }
        const entries = [entry({ cron: expression, jitter: 600_000 })]
        const now = new Date(last.getTime() + gone)
        const foretold = nextRuns(entries, last, { count: 1000, until: now, ...place })
        expect(missedRun(entries, last, now, place)).toEqual(foretold.at(-1) ?? null)
      }),
    )
  })
})
