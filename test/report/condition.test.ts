import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/error.ts'
import type { SourceRecord } from '../../src/hawking/records.ts'
import { type ConditionFacts, diagnose } from '../../src/report/condition.ts'
import { set } from '../hawking/world.ts'

const hour = 3_600_000
const now = new Date('2026-11-21T12:00:00Z')
const ago = (hours: number) => new Date(now.getTime() - hours * hour).toISOString()
const fresh = set('20261121.001')
const old = set('20261118.001')

const answered = { at: ago(1), source: 'live', outcome: 'succeeded', error: null } as const
const failedWith = (code: ErrorCode) =>
  ({ at: ago(1), source: 'live', outcome: 'failed', error: { code, message: '' } }) as const
const record = (more: Partial<SourceRecord>): SourceRecord => ({
  lastAttempt: ago(1),
  lastSuccess: ago(1),
  outcome: 'succeeded',
  error: null,
  coolingUntil: {},
  offered: null,
  offeredSince: null,
  index: null,
  statement: null,
  judged: null,
  ...more,
})
const condition = (more: Partial<ConditionFacts>) =>
  diagnose({ current: fresh, attempt: answered, sources: {}, maxAge: 36 * hour, now, ...more }).condition

describe('the condition', () => {
  it('none, current and stale', () => {
    expect(condition({ current: null })).toBe('none')
    expect(condition({})).toBe('current')
    expect(condition({ attempt: null })).toBe('current')
    expect(condition({ current: old })).toBe('stale')
  })

  it('offline when nobody answered, not when something else went wrong', () => {
    expect(condition({ attempt: failedWith('SOURCE_UNREACHABLE') })).toBe('offline')
    expect(condition({ current: old, attempt: failedWith('SOURCE_TLS') })).toBe('offline')
    expect(condition({ attempt: failedWith('TRUST_DIGEST') })).toBe('current')
    expect(condition({ current: old, attempt: failedWith('LICENCE_MISSING') })).toBe('stale')
  })

  it('cooling-down as long as the wish lasts', () => {
    const asked = (until: string) => ({
      attempt: failedWith('SOURCE_COOLING_DOWN'),
      sources: { live: record({ outcome: 'cooling-down', coolingUntil: { 'http://h/': until } }) },
    })
    expect(condition(asked(ago(-2)))).toBe('cooling-down')
    expect(condition(asked(ago(0.5)))).toBe('current')
    // A fallback delivered in the same run.
    expect(condition({ ...asked(ago(-2)), attempt: answered })).toBe('current')
  })

  it('what was learnt by a question after the last run counts', () => {
    const later = record({
      lastAttempt: ago(0.5),
      outcome: 'cooling-down',
      coolingUntil: { 'http://h/': ago(-1) },
    })
    expect(condition({ sources: { live: later } })).toBe('cooling-down')
  })

  it('frozen when a source offers the same old set for longer than allowed', () => {
    const offering = (offered: typeof old, since: number) => ({
      current: old,
      sources: { live: record({ offered, offeredSince: ago(since) }) },
    })
    expect(condition(offering(old, 40))).toBe('frozen')
    expect(condition(offering(old, 30))).toBe('stale')
    expect(condition(offering(fresh, 40))).toBe('stale')
    expect(condition({ ...offering(old, 40), current: fresh })).toBe('current')
  })
})
