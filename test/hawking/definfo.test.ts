import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDefinfo, writeDefinfo } from '../../src/hawking/pointer.ts'
import { setName } from '../../src/set-name.ts'

const sets = fc
  .tuple(
    fc.integer({ min: 2000, max: 9999 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
    fc.integer({ min: 0, max: 999 }),
  )
  .map(([year, month, day, revision]) => {
    const set = setName(year, month, day, revision)
    if (!set) throw new Error('no set')
    return set
  })

describe('definfo.dat', () => {
  it('is written as the readers of the family expect', () => {
    const { current, previous } = readDefinfo('[DefDates]\nCurDefs=20130110.005\nLastDefs=20130109.003\n')
    if (!current) throw new Error('not read')
    expect(writeDefinfo(current, previous)).toBe(
      '[DefDates]\r\nCurDefs=20130110.005\r\nLastDefs=20130109.003\r\n',
    )
    expect(writeDefinfo(current, null)).toBe('[DefDates]\r\nCurDefs=20130110.005\r\n')
  })

  it('reads back whatever it writes', () => {
    fc.assert(
      fc.property(sets, fc.option(sets), (current, previous) => {
        expect(readDefinfo(writeDefinfo(current, previous))).toEqual({ current, previous })
      }),
    )
  })

  it.each([
    [
      'CRLF, capitals and blanks',
      '\uFEFF[DEFDATES]\r\n CURDEFS = 20130110.005 \r\nlastdefs=20130109.003\r\n',
    ],
    ['a suffix', '[DefDates]\nCurDefs=20130110.005_d2c\nLastDefs=20130109.003_d2c\n'],
    [
      'other sections and keys',
      '[X]\nCurDefs=1\n[DefDates]\nFoo=1\nCurDefs=20130110.005\nLastDefs=20130109.003',
    ],
  ])('reads %s', (_, text) => {
    expect(readDefinfo(text)).toEqual({ current: '20130110.005', previous: '20130109.003' })
  })

  it.each([
    '',
    '[DefDates]',
    'CurDefs=20130110.005',
    '[DefDates]\nCurDefs=20130231.001',
    '[DefDates]\nCurDefs=../../etc',
  ])('finds no set in %j', (text) => {
    expect(readDefinfo(text)).toEqual({ current: null, previous: null })
  })

  it('never throws, and gives sets or nothing, whatever stands behind its keys', () => {
    const name = sets.map(String)
    const word = fc.oneof(
      { weight: 2, arbitrary: name },
      name.map((set) => `${set}_d2c`),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('../../etc', '20261121.003/../x', '20261131.001', '', ' ', '20261121.003\0'),
    )
    const key = fc.constantFrom('CurDefs', 'LastDefs', 'CURDEFS', 'x', '')
    const entry = fc.tuple(key, word).map(([left, right]) => `${left}=${right}`)
    const section = fc.constantFrom('[DefDates]', '[defdates]', '[DefDates', '[x]', '')
    const text = fc
      .tuple(section, fc.array(fc.oneof(entry, fc.string({ unit: 'binary' })), { maxLength: 6 }))
      .map(([head, lines]) => [head, ...lines].join('\n'))
    let read = 0
    fc.assert(
      fc.property(text, (definfo) => {
        const { current, previous } = readDefinfo(definfo)
        const named = [current, previous].filter((set) => set !== null)
        read += named.length
        return named.every((set) => /^\d{8}\.\d{3}$/.test(set) && definfo.includes(set))
      }),
      { numRuns: 400 },
    )
    // Else only texts were tried that hold no set.
    expect(read).toBeGreaterThan(40)
  })
})
