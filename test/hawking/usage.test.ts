import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { moveConsumer, readUsage } from '../../src/hawking/usage.ts'
import { writeIni } from '../../src/text/ini.ts'
import { set } from './world.ts'

const before = [
  '[20051110.009]',
  'SCANENGINE_43=1',
  'SCANENGINE_43_lw=1',
  '[20060201.021]',
  'DEFWATCH_10=1',
  'NAVCORP_70=1',
  'NAVCORP_70_2=1',
  '',
].join('\n')

describe('usage.dat', () => {
  it('moves one product and leaves the others where they are', () => {
    const after = moveConsumer(before, 'SCANENGINE_43', set('20060201.021'))
    expect(readUsage(after)).toEqual(
      new Map([
        ['20051110.009', ['SCANENGINE_43_lw']],
        ['20060201.021', ['DEFWATCH_10', 'NAVCORP_70', 'NAVCORP_70_2', 'SCANENGINE_43']],
      ]),
    )
    expect(after.split('\n').every((line) => line === '' || line.endsWith('\r'))).toBe(true)
  })

  it('drops a section that is empty afterwards', () => {
    const text = '[20261120.001]\r\nSMSMSE=1\r\n[20261121.001]\r\nOTHER=1\r\n'
    expect(moveConsumer(text, 'smsmse', set('20261121.001'))).toBe(
      '[20261121.001]\r\nOTHER=1\r\nsmsmse=1\r\n',
    )
  })

  it('begins a file that is not there', () => {
    expect(moveConsumer('', 'SMSMSE', set('20261121.001'))).toBe('[20261121.001]\r\nSMSMSE=1\r\n')
  })

  it('keeps comments, unknown sections and values of others', () => {
    const text = '; kept\n[Unknown]\nodd line\nA=2\n[20261120.001]\n; about B\nB=1\n'
    expect(moveConsumer(text, 'SMSMSE', set('20261121.001'))).toBe(
      '; kept\r\n[Unknown]\r\nodd line\r\nA=2\r\n[20261120.001]\r\n; about B\r\nB=1\r\n[20261121.001]\r\nSMSMSE=1\r\n',
    )
  })

  const code = fc.stringMatching(/^[A-Z]{2,6}_[0-9]{1,2}$/)
  const section = fc.integer({ min: 1, max: 9 }).map((number) => `2026112${number}.001`)
  const usages = fc.dictionary(section, fc.uniqueArray(code, { minLength: 1, maxLength: 4 }))

  it('lists the product exactly once, under the set, and every other as before', () => {
    fc.assert(
      fc.property(usages, section, (usage, target) => {
        const sections = Object.entries(usage).map(
          ([name, codes]) => [name, codes.map((one) => [one, '1'] as const)] as const,
        )
        const text = writeIni([...sections, ['20200101.001', [['OURS', '1']]]])
        const after = readUsage(moveConsumer(text, 'OURS', set(target)))
        const pairs = [...after].flatMap(([name, codes]) => codes.map((one) => `${name} ${one}`))
        const expected = Object.entries(usage).flatMap(([name, codes]) =>
          codes.map((one) => `${name} ${one}`),
        )
        expect(pairs.sort()).toEqual([...expected, `${target} OURS`].sort())
      }),
    )
  })

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const once = moveConsumer(text, 'OURS', set('20261121.001'))
        expect(moveConsumer(once, 'OURS', set('20261121.001'))).toBe(once)
      }),
    )
  })
})
