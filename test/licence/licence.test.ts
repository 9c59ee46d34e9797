import { describe, expect, it } from 'vitest'
import { isDefsError } from '../../src/error.ts'
import { readLicences } from '../../src/licence/licence.ts'
import { licenceXml } from './slf.ts'

describe('readLicences', () => {
  it('reads the parts, with the days before the end worked out', () => {
    const { good, bad } = readLicences(
      licenceXml({ start_date: '2015-09-11', end_date: '2018-11-08', count: '999999' }),
    )
    expect(bad).toEqual([])
    expect(good).toEqual([
      {
        name: 'Virus Definitions Content',
        version: '1.0',
        count: 999_999,
        starts: new Date('2015-09-11T00:00:00Z'),
        warns: new Date('2018-07-11T00:00:00Z'),
        expires: new Date('2018-09-09T00:00:00Z'),
        ends: new Date('2018-11-08T00:00:00Z'),
      },
    ])
  })

  it('finds licences at any depth, among other elements and with prefixes', () => {
    const text = `<x:slf xmlns:x="urn:x"><head><version>3</version></head><list>${licenceXml({ name: 'A', serial: 'M1' })}
      <deep>${licenceXml({ name: 'B' }).replace(/<(\/?)(\w)/g, '<$1x:$2')}</deep></list></x:slf>`
    expect(readLicences(text).good.map(({ name }) => name)).toEqual(['A', 'B'])
  })

  it('knows policies that are off', () => {
    const { good } = readLicences(licenceXml({ warn_policy: '0,120', grace_policy: '0,60' }))
    expect(good[0]).toMatchObject({ warns: null, expires: new Date('2026-12-31T00:00:00Z') })
  })

  it('takes a count that is no number for none', () => {
    expect(readLicences(licenceXml({ count: 'unlimited' })).good[0]?.count).toBeNull()
  })

  it.each([
    { start_date: '2025-1-1' },
    { start_date: '' },
    { end_date: '2026-02-30' },
    { end_date: '31.12.2026' },
    { end_date: '2026-12-31T00:00:00Z' },
    { end_date: '2025-01-01' },
    { end_date: '2024-12-31' },
    { warn_policy: '120' },
    { warn_policy: '1,-5' },
    { warn_policy: '2,5' },
    { grace_policy: '1,60,2' },
    { grace_policy: '1,123456' },
    { grace_policy: '' },
    { end_date: '<y>2026</y>' },
    { end_date: '2026-12-31</end_date><end_date>2099-12-31' },
  ])('names the problem of %j', (parts) => {
    const { good, bad } = readLicences(licenceXml(parts))
    expect([good.length, bad.length]).toEqual([0, 1])
    expect(bad[0]?.problem).toContain(Object.keys(parts)[0] === 'end_date' ? 'end' : Object.keys(parts)[0])
  })

  it.each(['name', 'version', 'start_date', 'end_date', 'count', 'warn_policy', 'grace_policy'])(
    'takes an element without %s for no licence',
    (part) => {
      try {
        readLicences(licenceXml({ [part]: null }))
        expect.unreachable()
      } catch (error) {
        expect(isDefsError(error, 'LICENCE_MISSING')).toBe(true)
      }
    },
  )

  it('wants the parts in one parent', () => {
    const split = '<l><a><name>x</name><version>1</version></a><b><start_date>2025-01-01</start_date></b></l>'
    expect(() => readLicences(split)).toThrowError(expect.objectContaining({ code: 'LICENCE_MISSING' }))
  })
})
