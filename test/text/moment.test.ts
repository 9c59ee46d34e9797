import { describe, expect, it } from 'vitest'
import { readMoment } from '../../src/text/moment.ts'

describe('a moment that was typed', () => {
  it.each([
    ['2026-11-21', 'start', '2026-11-21T00:00:00.000Z'],
    ['2026-11-21', 'end', '2026-11-21T23:59:59.999Z'],
    ['2026-11-21T06:30', 'end', '2026-11-21T06:30:00.000Z'],
    ['2026-11-21 06:30:15', 'start', '2026-11-21T06:30:15.000Z'],
    ['2026-11-21T00:30:00+02:00', 'start', '2026-11-20T22:30:00.000Z'],
    ['2026-11-21t06:30z', 'start', '2026-11-21T06:30:00.000Z'],
  ] as const)('%s as %s', (text, edge, moment) => {
    expect(readMoment(text, edge)?.toISOString()).toBe(moment)
  })

  it.each(['', 'today', '21.11.2026', '2026-02-30', '2026-02-30T00:00', '2026-11-21T25:00', '2026-11', '1'])(
    'refuses %j',
    (text) => {
      expect(readMoment(text, 'start')).toBeUndefined()
    },
  )
})
