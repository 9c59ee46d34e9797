import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readLicences } from '../../src/licence/licence.ts'
import {
  explainLicence,
  type LicenceStateName,
  mayDownload,
  refusal,
  stateOf,
  unlicensed,
} from '../../src/licence/state.ts'
import { licenceXml } from './slf.ts'

function judge(now: string, texts: readonly string[], product: string | null = null, required = true) {
  const licences = readLicences(`<file>${texts.join('')}</file>`)
  return stateOf(licences, { product, required, now: new Date(now) })
}

const example = licenceXml({ start_date: '2015-09-11', end_date: '2018-11-08' })

it('docs/licence.md tells the days of its own example', () => {
  const text = readFileSync(resolve('docs/licence.md'), 'utf8')
  const [, xml = ''] = /```xml\n([\s\S]*?)```/.exec(text) ?? []
  const { warns, expires, ends } = judge('2026-11-29T00:00:00Z', [xml])
  const told = /warns from (\S+) on, counts as expired from (\S+) on[\s\S]*? any more on\s(\S+):/.exec(text)
  expect([warns, expires, ends].map((day) => day?.toISOString().slice(0, 10))).toEqual(told?.slice(1))
})

describe('stateOf', () => {
  it.each<[string, LicenceStateName, boolean]>([
    ['2015-09-10T23:59:59Z', 'not yet valid', false],
    ['2015-09-11T00:00:00Z', 'valid', true],
    ['2018-07-10T23:59:59Z', 'valid', true],
    ['2018-07-11T00:00:00Z', 'warning', true],
    ['2018-09-08T23:59:59Z', 'warning', true],
    ['2018-09-09T00:00:00Z', 'expired', true],
    ['2018-11-07T23:59:59Z', 'expired', true],
    ['2018-11-08T00:00:00Z', 'not licensed', false],
    ['2030-01-01T00:00:00Z', 'not licensed', false],
  ])('at %s is %s', (now, name, downloads) => {
    const state = judge(now, [example])
    expect(state).toMatchObject({ state: name, product: 'Virus Definitions Content' })
    expect(mayDownload(state)).toBe(downloads)
  })

  it('goes from valid to not licensed when both policies are off', () => {
    const text = licenceXml({ warn_policy: '0,120', grace_policy: '0,60' })
    expect(judge('2026-12-30T23:00:00Z', [text]).state).toBe('valid')
    expect(judge('2026-12-31T00:00:00Z', [text]).state).toBe('not licensed')
  })

  const antispam = licenceXml({ name: 'Antispam', end_date: '2030-01-01' })
  const antivirus = licenceXml({ name: 'Antivirus', end_date: '2026-12-31' })

  it.each([
    ['Antivirus', 'Antivirus'],
    ['Antispam', 'Antispam'],
    [null, 'Antispam'],
  ])('with several and product %s takes %s', (product, name) => {
    expect(judge('2026-01-01T00:00:00Z', [antivirus, antispam], product).product).toBe(name)
  })

  it('is not licensed when none of several has the wanted name', () => {
    const state = judge('2026-01-01T00:00:00Z', [antivirus, antispam], 'Antirust')
    expect(state).toMatchObject({ state: 'not licensed', product: null })
    expect(state.reason).toContain('Antirust')
  })

  it('takes the only licence whatever its name', () => {
    expect(judge('2026-01-01T00:00:00Z', [antivirus], 'Antirust').product).toBe('Antivirus')
  })

  const renewal = licenceXml({ name: 'Antivirus', start_date: '2026-12-01', end_date: '2028-01-01' })

  it('keeps to the licence in force while a renewal has not begun, then takes the renewal', () => {
    const both = [antivirus, renewal]
    expect(judge('2026-05-01T00:00:00Z', both)).toMatchObject({
      state: 'valid',
      ends: new Date('2026-12-31T00:00:00Z'),
    })
    expect(judge('2026-12-05T00:00:00Z', both)).toMatchObject({
      state: 'valid',
      ends: new Date('2028-01-01T00:00:00Z'),
    })
  })

  it('waits for a renewal when the licence before it has ended', () => {
    const gap = licenceXml({ name: 'Antivirus', start_date: '2027-02-01', end_date: '2028-01-01' })
    expect(judge('2027-01-15T00:00:00Z', [antivirus, gap]).state).toBe('not yet valid')
  })

  it('passes over a broken licence beside a good one, and tells of it when it stands alone', () => {
    const broken = licenceXml({ name: 'Antivirus', end_date: 'soon' })
    expect(judge('2026-01-01T00:00:00Z', [broken, antivirus]).state).toBe('valid')
    const alone = judge('2026-01-01T00:00:00Z', [broken])
    expect(alone.state).toBe('not licensed')
    expect(alone.reason).toContain('soon')
  })

  it('lets downloads go on when no licence is required, and still tells the truth', () => {
    const state = judge('2030-06-01T00:00:00Z', [antivirus], null, false)
    expect([state.state, mayDownload(state)]).toEqual(['not licensed', true])
    expect(unlicensed('no file', false).state).toBe('not required')
    expect(unlicensed('no file', true).state).toBe('not licensed')
  })

  it('only ever moves forward in time', () => {
    const order = ['not yet valid', 'valid', 'warning', 'expired', 'not licensed']
    const moment = fc.date({ min: new Date('2014-01-01'), max: new Date('2020-01-01'), noInvalidDate: true })
    const policy = fc.tuple(fc.constantFrom(0, 1), fc.nat({ max: 3000 })).map((pair) => pair.join(','))
    fc.assert(
      fc.property(moment, moment, policy, policy, (one, other, warn, grace) => {
        const [first, second] = one < other ? [one, other] : [other, one]
        const text = licenceXml({
          start_date: '2015-09-11',
          end_date: '2018-11-08',
          warn_policy: warn,
          grace_policy: grace,
        })
        const places = [first, second].map((now) => order.indexOf(judge(now.toISOString(), [text]).state))
        expect(places[0]).toBeLessThanOrEqual(places[1] ?? -1)
        expect(places[0]).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('refusal', () => {
  it.each([
    ['2015-01-01T00:00:00Z', 'LICENCE_NOT_YET'],
    ['2018-11-08T00:00:00Z', 'LICENCE_EXPIRED'],
  ])('at %s is %s', (now, code) => {
    expect(refusal(judge(now, [example])).code).toBe(code)
  })

  it('is LICENCE_MISSING when there is none', () => {
    expect(refusal(unlicensed('no file', true)).code).toBe('LICENCE_MISSING')
  })
})

describe('explainLicence', () => {
  it.each([
    ['2015-09-01T12:00:00Z', ['2015-09-11', 'in 10 days']],
    ['2016-01-01T00:00:00Z', ['2018-11-08', '2018-09-09']],
    ['2018-08-30T00:00:00Z', ['in 10 days', '2018-09-09', '2018-11-08']],
    ['2018-09-12T12:00:00Z', ['3 days ago', 'grace until 2018-11-08']],
    ['2018-11-09T01:00:00Z', ['2018-11-08', '1 day ago']],
  ])('at %s names %j', (now, facts) => {
    const text = explainLicence(judge(now, [example]), new Date(now)).join('\n')
    for (const fact of facts) expect(text).toContain(fact)
  })

  it('gives the reason when there is none', () => {
    const text = explainLicence(unlicensed('the dog ate it', true), new Date()).join('\n')
    expect(text).toContain('the dog ate it')
  })
})
