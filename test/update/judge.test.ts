import { describe, expect, it } from 'vitest'
import type { Bar } from '../../src/hawking/records.ts'
import { parseSetName, type SetName } from '../../src/set-name.ts'
import type { Offer } from '../../src/source/source.ts'
import { barsBeside } from '../../src/update/contents.ts'
import {
  decide,
  decideBeforeDownload,
  type StatementEffect,
  statementEffect,
} from '../../src/update/decide.ts'
import type { UpdateState } from '../../src/update/state.ts'

const obeyed = { channel: 'production', number: 5 }
const said = (number: number, demoted: boolean, channel = 'production') => ({
  channel,
  number,
  demoted,
  withdrawn: [] as SetName[],
  maxAge: null,
})

describe('weigh', () => {
  it.each([
    ['nothing said', undefined, obeyed, null],
    ['an older statement', said(4, false), obeyed, 'outdated'],
    ['an older demotion', said(4, true), obeyed, 'outdated'],
    ['the same statement', said(5, false), obeyed, null],
    ['the same demotion again', said(5, true), obeyed, null],
    ['a newer statement', said(6, false), obeyed, null],
    ['a newer demotion', said(6, true), obeyed, 'demoted'],
    ['a first demotion', said(1, true), null, 'demoted'],
    ['a first statement', said(1, false), null, null],
    ['one of another channel', said(1, false, 'testing'), obeyed, null],
  ] as const)('%s', (_, statement, before, expected) => {
    expect(statementEffect(statement, before, null)).toBe(expected)
  })

  it('takes back whoever has what was withdrawn, however often the statement was obeyed, but on no old one', () => {
    const [bad, good] = [parseSetName('20261121.001'), parseSetName('20261120.001')]
    const with_ = (number: number) => ({ ...said(number, false), withdrawn: [bad] })
    expect([4, 5, 6].map((number) => statementEffect(with_(number), obeyed, bad))).toEqual([
      'outdated',
      'demoted',
      'demoted',
    ])
    expect([5, 6].map((number) => statementEffect(with_(number), obeyed, good))).toEqual([null, null])
  })
})

describe('judge', () => {
  const standing = (set: string) => ({ set: parseSetName(set), sequence: null })
  const [older, current, newer] = ['20261119.001', '20261120.001', '20261121.001'].map(standing)
  const now = new Date('2026-11-21T12:00:00Z')
  const situation: UpdateState = {
    current: current ?? null,
    holds: [],
    bars: [],
    now,
    force: false,
    allow: null,
  }
  const verdict = (offered: typeof older, what: StatementEffect, change: Partial<UpdateState> = {}) => {
    if (!offered) throw new Error('no set')
    const result = decide(offered, { ...situation, ...change }, what)
    return result.take ? 'take' : result.why
  }

  it.each([
    [newer, null, 'take'],
    [newer, 'outdated', 'older'],
    [older, null, 'older'],
    [older, 'outdated', 'older'],
    [older, 'demoted', 'take'],
    [current, 'demoted', 'same'],
  ] as const)('%j, %s: %s', (offered, what, expected) => {
    expect(verdict(offered, what)).toBe(expected)
  })

  it('names the current set where that was made of the one on offer', () => {
    const of = parseSetName('20261119.001')
    const made = { of, contents: null }
    const result = decide({ set: of, sequence: null }, { ...situation, made })
    expect(result).toMatchObject({ take: false, why: 'same' })
    expect(result.take || result.reason).toContain(`as ${current?.set} with the exceptions`)
  })

  it('holds a bar for contents where they are known, whatever the name', () => {
    const [set, other] = ['20261121.001', '20261122.001'].map(parseSetName) as [SetName, SetName]
    const bars = [{ set, at: now.toISOString(), reason: null, user: 'gate', contents: 'bad' }]
    const of = (name: SetName, contents: string | null) => {
      const result = decide({ set: name, sequence: null, contents }, { ...situation, bars })
      return result.take ? 'take' : result.why
    }
    expect([of(set, 'bad'), of(set, 'mended'), of(set, null)]).toEqual(['barred', 'take', 'take'])
    expect([of(other, 'bad'), of(other, 'mended')]).toEqual(['barred', 'take'])
  })

  it('replaces a bar on the same contents or by the gate, and no bar of somebody on others', () => {
    const set = parseSetName('20261121.001')
    const bar = (contents: string, checks: Bar['checks'] = null) => ({
      set,
      at: '',
      reason: null,
      user: '',
      contents,
      checks,
    })
    expect(barsBeside([bar('a'), bar('b', ['size'])], bar('c', ['size']))).toEqual([bar('a')])
    expect(barsBeside([bar('a'), bar('b')], bar('a'))).toEqual([bar('b')])
  })

  it('lets bars and holds stand against a demotion', () => {
    const mark = { at: now.toISOString(), reason: null, user: 'somebody' }
    const bar = { ...mark, set: parseSetName('20261119.001') }
    expect(verdict(older, 'demoted', { bars: [bar] })).toBe('barred')
    const hold = { ...mark, set: parseSetName('20261120.001'), until: null }
    expect(verdict(older, 'demoted', { holds: [hold] })).toBe('held')
  })

  it('lets a barred set in before having nothing, unless the gate would refuse it again', () => {
    const mark = { set: parseSetName('20261121.001'), at: now.toISOString(), reason: null, user: 'somebody' }
    const withBar = (checks: Bar['checks'], change: Partial<UpdateState> = {}) =>
      verdict(newer, null, { bars: [{ ...mark, ...(checks ? { checks } : {}) }], ...change })
    expect(withBar(null)).toBe('barred')
    expect(withBar(['size'])).toBe('barred')
    const nothing = { current: null }
    expect(withBar(null, nothing)).toBe('take')
    expect(withBar(['size'], nothing)).toBe('take')
    expect(withBar(['size', 'clean'], nothing)).toBe('barred')
    expect(withBar(['clean'], { ...nothing, allow: mark.set })).toBe('take')
    expect(withBar(['clean'], { ...nothing, force: true })).toBe('take')
  })
})

describe('decideBeforeDownload', () => {
  const current = parseSetName('20261120.001')
  const sequence = (number: number) => ({ number, signed: true })
  const known = { fingerprint: 'seen', set: current, sequence: sequence(100) }

  /** What becomes of an offer that names no set. */
  function early(
    offered: { readonly number?: number; readonly fingerprint?: string },
    change: Partial<UpdateState> = {},
  ): string {
    const situation: UpdateState = {
      current: { set: current, sequence: sequence(100) },
      holds: [],
      bars: [],
      now: new Date('2026-11-21T12:00:00Z'),
      force: false,
      allow: null,
      ...change,
    }
    const { number, fingerprint = 'new' } = offered
    const offer = {
      set: null,
      sequence: number === undefined ? null : sequence(number),
      package: { fingerprint },
    } as unknown as Offer
    const verdict = decideBeforeDownload(offer, { judged: known, statement: null }, situation)
    return verdict.take ? 'take' : verdict.why
  }

  it.each([
    ['a later number', { number: 101 }, {}, 'take'],
    ['the number of the current set', { number: 100 }, {}, 'same'],
    ['an earlier number', { number: 99 }, {}, 'older'],
    ['no number', {}, {}, 'take'],
    ['any number, having nothing', { number: 1 }, { current: null }, 'take'],
    ['an earlier number, forced', { number: 99 }, { force: true }, 'take'],
    ['the number of the current set, forced', { number: 100 }, { force: true }, 'take'],
    [
      'a number, the current set having none',
      { number: 1 },
      { current: { set: current, sequence: null } },
      'take',
    ],
    ['a package that turned out to be the current set', { fingerprint: 'seen' }, {}, 'same'],
    ['the same, forced', { fingerprint: 'seen' }, { force: true }, 'take'],
    ['the same, having nothing', { fingerprint: 'seen' }, { current: null }, 'take'],
  ] as const)('%s', (_, offered, change, expected) => {
    expect(early(offered, change)).toBe(expected)
  })
})
