import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextRuns } from '../../src/schedule/next-runs.ts'
import { jitterOf } from '../../src/schedule/rule.ts'
import { entry } from './entry.ts'

const hourly = entry({ source: 'rapid', cron: '15 * * * *', jitter: 300_000 })

describe('jitterOf', () => {
  it('stays below the jitter and the same for the same host', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat({ max: 86_400_000 }), (host, jitter) => {
        const late = jitterOf({ ...hourly, jitter }, host)
        expect(Number.isInteger(late)).toBe(true)
        expect(late).toBeGreaterThanOrEqual(0)
        expect(late).toBeLessThan(Math.max(jitter, 1))
        expect(jitterOf({ ...hourly, jitter }, host)).toBe(late)
      }),
    )
  })

  it('spreads a fleet over the whole of it', () => {
    const minutes = Array.from({ length: 500 }, (_, index) =>
      Math.floor(jitterOf(hourly, `mail-${index}`) / 60_000),
    )
    for (let at = 0; at < 5; at += 1) {
      expect(minutes.filter((value) => value === at).length).toBeGreaterThan(50)
    }
  })

  it('differs between sources and times', () => {
    const others = [hourly, { ...hourly, source: 'main' }, { ...hourly, cron: '16 * * * *' }]
    expect(new Set(others.map((one) => jitterOf(one, 'mail-1'))).size).toBe(3)
  })

  it('moves every run of a host by as much, none lost and none twice', () => {
    const late = jitterOf(hourly, 'mail-1')
    expect(late).toBeGreaterThan(0)
    const ask = (from: Date, host: string | null) =>
      nextRuns([hourly], from, { count: 5, until: null, timeZone: 'UTC', host }).map(({ at }) => at.getTime())
    const slot = Date.parse('2026-11-24T01:15:00Z')
    const plain = ask(new Date(slot - 1), null)
    expect(ask(new Date(slot - 1), 'mail-1')).toEqual(plain.map((at) => at + late))
    // Between the time of the schedule and the late start the run is still to come.
    expect(ask(new Date(slot), 'mail-1')[0]).toBe(slot + late)
    expect(ask(new Date(slot + late), 'mail-1')[0]).toBe(slot + late + 3_600_000)
  })
})
