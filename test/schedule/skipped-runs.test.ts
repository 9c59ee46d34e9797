import { describe, expect, it } from 'vitest'
import { skippedRuns } from '../../src/schedule/skipped-runs.ts'
import { entry } from './entry.ts'

const now = new Date('2027-01-10T12:00:00Z')

describe('what exported timers do when the clock changes', () => {
  it.each([
    [
      'a daily run in the gap',
      entry({ first: '02:30' }),
      'Europe/Berlin',
      ['02:30 does not exist', '2027-03-28'],
    ],
    [
      'the same by cron',
      entry({ cron: '5 2 * * *' }),
      'America/New_York',
      ['02:05 does not exist', '2027-03-14'],
    ],
    ['only on Sundays', entry({ days: ['sun'], first: '02:30' }), 'Europe/Berlin', ['2027-03-28']],
    ['a wildcard hour', entry({ cron: '*/15 * * * *' }), 'Europe/Berlin', ['pause', '2027-10-31']],
    ['every hour', entry({ every: 3_600_000 }), 'America/New_York', ['pause', '2027-11-07']],
    [
      'half an hour',
      entry({ first: '02:15' }),
      'Australia/Lord_Howe',
      ['02:15 does not exist', '2027-10-03'],
    ],
  ])('%s is told, with its day', (_, one, zone, words) => {
    const lines = skippedRuns([one], zone, now)
    expect(lines).toHaveLength(1)
    for (const word of words) expect(lines[0]).toContain(word)
  })

  it.each([
    ['outside the gap', entry({ first: '04:30' }), 'Europe/Berlin'],
    ['on a day without a change', entry({ days: ['mon'], first: '02:30' }), 'Europe/Berlin'],
    ['without summer time', entry({ first: '02:30', every: 1_800_000 }), 'UTC'],
    ['by four hours from two o’clock on', entry({ cron: '30 6,10 * * *' }), 'America/New_York'],
  ])('nothing is told of runs %s', (_, one, zone) => {
    expect(skippedRuns([one], zone, now)).toEqual([])
  })
})
