import { describe, expect, it } from 'vitest'
import { isDefsError } from '../../src/error.ts'
import { readUntil } from '../../src/upkeep/hold.ts'

const now = new Date('2026-11-21T12:00:00Z')

describe('the end of a hold', () => {
  it.each([
    ['2026-12-31', '2026-12-31T00:00:00.000Z'],
    ['7d', '2026-11-28T12:00:00.000Z'],
    ['90m', '2026-11-21T13:30:00.000Z'],
    ['2026-11-21T14:00:00+01:00', '2026-11-21T13:00:00.000Z'],
    ['2026-11-21T13:00Z', '2026-11-21T13:00:00.000Z'],
  ])('%s is %s', (text, until) => {
    expect(readUntil(text, now).toISOString()).toBe(until)
  })

  it.each([
    '2026-11-21',
    '2026-11-21T12:00:00Z',
    '2027-02-29',
    '2027-02-29T10:00:00Z',
    '12/31/2026',
    '2026-12-31T10:00',
    '7',
    '0d',
    'tomorrow',
    '',
  ])('%j is refused', (text) => {
    let thrown: unknown
    try {
      readUntil(text, now)
    } catch (error) {
      thrown = error
    }
    expect(isDefsError(thrown, 'USAGE_ARGUMENT')).toBe(true)
  })
})
