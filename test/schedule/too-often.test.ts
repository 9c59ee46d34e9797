import { describe, expect, it } from 'vitest'
import type { ScheduleConfig, SourceConfig } from '../../src/config/config.ts'
import { tooOften } from '../../src/schedule/too-often.ts'
import { entry, example } from './entry.ts'

const kinds: readonly SourceConfig['kind'][] = [
  'liveupdate',
  'intelligent-updater',
  'rapid-release',
  'internal',
  'shared-sep',
]
const sources = new Map(kinds.map((kind) => [kind, { kind }]))

function runs(kind: string, ...entries: readonly Partial<ScheduleConfig>[]) {
  return tooOften(
    entries.map((parts) => entry({ ...parts, source: kind })),
    sources,
  ).map(({ runsPerDay }) => runsPerDay)
}

describe('tooOften', () => {
  it.each(kinds)('lets %s run on the documented example and every four hours', (kind) => {
    expect(runs(kind, example)).toEqual([])
    expect(runs(kind, { every: 4 * 3_600_000 })).toEqual([])
  })

  it.each([
    ['liveupdate', [24]],
    ['intelligent-updater', [24]],
    ['rapid-release', []],
    ['internal', []],
    ['shared-sep', []],
  ])('%s every hour: %j', (kind, expected) => {
    expect(runs(kind, { cron: '15 * * * *' })).toEqual(expected)
  })

  it('adds up the entries of a source on the days they share, the same time counting once', () => {
    const mornings = { cron: '0 6-9 * * 1' }
    const evenings = { cron: '0 9,18-21 * * 1' }
    expect(runs('liveupdate', mornings, evenings)).toEqual([8])
    expect(runs('liveupdate', mornings, { cron: '0 9,18-21 * * 2' })).toEqual([])
  })

  it('counts a day that comes only in leap years, and passes over unknown sources', () => {
    expect(runs('liveupdate', { cron: '0 * 29 2 *' })).toEqual([24])
    expect(runs('unheard-of', { cron: '* * * * *' })).toEqual([])
  })
})
