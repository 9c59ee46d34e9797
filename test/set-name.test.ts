import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareSetNames,
  compareStanding,
  dateOf,
  itemSequenceOf,
  parseSetName,
  readSetName,
  type SetName,
  setName,
} from '../src/set-name.ts'

const names = fc
  .record({
    date: fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
    revision: fc.integer({ min: 0, max: 999 }),
  })
  .map(({ date, revision }) => {
    const name = setName(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), revision)
    if (!name) throw new Error('a calendar day is a name')
    return name
  })

describe('a set name', () => {
  it.each([
    ['20261121.003', '20261121.003'],
    ['20261121-003', '20261121.003'],
    ['261121003', '20261121.003'],
    ['11/21/2026 rev. 3', '20261121.003'],
    ['12/31/2009 rev. 041', '20091231.041'],
    ['991231005', '20991231.005'],
  ])('is read from %s', (text, name) => {
    expect(readSetName(text)).toBe(name)
  })

  it.each([
    '',
    '20261121',
    '20261121.3',
    '20261121.0003',
    '20261321.001',
    '20260230.001',
    '../20261121.003',
    '20261121.003/',
    '20261121.003 ',
    '2026112 .003',
    '+0261121.003',
    '13/1/2026 rev. 1',
    '00000000.000',
  ])('is not read from %j', (text) => {
    expect(readSetName(text)).toBeUndefined()
  })

  it('says USAGE_ARGUMENT when a user mistypes it', () => {
    expect(() => parseSetName('yesterday')).toThrow(expect.objectContaining({ code: 'USAGE_ARGUMENT' }))
  })

  it('survives every written form', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(readSetName(name)).toBe(name)
        expect(readSetName(name.replace('.', '-'))).toBe(name)
        expect(readSetName(itemSequenceOf(name))).toBe(name)
        expect(dateOf(name).toISOString().slice(0, 10).replaceAll('-', '')).toBe(name.slice(0, 8))
      }),
    )
  })

  it('is ordered by date, then revision, as numbers', () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        const byTime = dateOf(a).getTime() - dateOf(b).getTime() || Number(a.slice(9)) - Number(b.slice(9))
        expect(Math.sign(compareSetNames(a, b))).toBe(Math.sign(byTime))
      }),
    )
    // The trouble of New Year 2010 (docs/domain.md section 0): only the revision rose for weeks.
    expect(compareSetNames('20091231.041' as SetName, '20091231.009' as SetName)).toBeGreaterThan(0)
    expect(compareSetNames('20100101.001' as SetName, '20091231.041' as SetName)).toBeGreaterThan(0)
  })
})

describe('what supersedes what', () => {
  const standing = (set: string, number?: number, signed = true) => ({
    set: set as SetName,
    sequence: number === undefined ? null : { number, signed },
  })
  it.each([
    ['a later day', standing('20261122.001'), standing('20261121.009'), 1],
    [
      'a higher signed sequence, whatever the date',
      standing('20261120.001', 12),
      standing('20261121.001', 11),
      1,
    ],
    [
      'a lower signed sequence, whatever the date',
      standing('20261122.001', 10),
      standing('20261121.001', 11),
      -1,
    ],
    ['the same name', standing('20261121.001', 12), standing('20261121.001', 11), 0],
    [
      'an old set replayed in a new folder',
      standing('20261120.001', 99, false),
      standing('20261121.001', 11),
      -1,
    ],
    ['a newer date in an older folder', standing('20261122.001', 9, false), standing('20261121.001', 11), -1],
    ['newer in both ways', standing('20261122.001', 12, false), standing('20261121.001', 11), 1],
  ])('%s', (_, offered, current, sign) => {
    expect(Math.sign(compareStanding(offered, current))).toBe(sign)
  })
})
