import { describe, expect, it } from 'vitest'
import {
  gravestVerdict,
  isHealthy,
  judgeProtection,
  nagiosOf,
  type ProtectionFacts,
  type ProtectionState,
  type ProtectionVerdict,
  verdictLine,
} from '../../src/report/verdict.ts'
import { agedVerdict, verdictForAge } from '../../src/report/written-verdict.ts'
import type { ScannerSight } from '../../src/scanner/scanner.ts'
import type { SetName } from '../../src/set-name.ts'
import { set } from '../hawking/world.ts'

const hour = 3_600_000
const minute = 60_000
const now = new Date('2026-11-21T12:00:00Z')
const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds).toISOString()
const fresh = set('20261121.001')
const old = set('20261118.001')
const other = set('20261120.001')

const good: ProtectionFacts = {
  now,
  maxAge: 36 * hour,
  grace: 5 * minute,
  current: fresh,
  present: true,
  sets: 2,
  scanner: { state: 'in-use', set: fresh, said: 'it says so' },
  lastSight: ago(minute),
  sources: [],
  barred: [],
  licence: { state: 'not required', required: false, ends: null, reason: null },
  free: 0.5,
  heldOutdated: [],
  scheduleOff: false,
  before: null,
}
const sees = (state: ProtectionFacts['scanner']['state'], uses = fresh) => ({
  state,
  set: uses,
  said: 'it answers nothing',
})
const long = ago(6 * minute)

// The table of facts: what is given, the state, and the codes of the reasons in order.
const table: readonly [string, Partial<ProtectionFacts>, ProtectionState, readonly string[]][] = [
  ['all is well', {}, 'protected', []],
  ['no set', { current: null, present: false, sets: 0 }, 'none', ['no-definitions']],
  ['sets, and none current', { current: null, present: false }, 'none', ['pointer-dangling']],
  ['a set that is not there', { present: false }, 'none', ['pointer-dangling']],
  [
    'no set counts more than a dead scanner',
    { current: null, sets: 0, scanner: sees('dead'), lastSight: null },
    'none',
    ['no-definitions'],
  ],
  ['a dead scanner', { scanner: sees('dead'), lastSight: long }, 'not-in-use', ['scanner-dead']],
  ['one that was never seen', { scanner: sees('dead'), lastSight: null }, 'not-in-use', ['scanner-dead']],
  ['one that is away for a moment', { scanner: sees('dead') }, 'protected', ['scanner-away']],
  ['the same without grace', { scanner: sees('dead'), grace: 0 }, 'not-in-use', ['scanner-dead']],
  ['a silent scanner', { scanner: sees('silent'), lastSight: long }, 'not-in-use', ['scanner-silent']],
  ['one without an engine', { scanner: sees('lost'), lastSight: long }, 'not-in-use', ['scanner-lost']],
  ['another set', { scanner: sees('other', other), lastSight: long }, 'not-in-use', ['scanner-other-set']],
  ['another set, a moment ago', { scanner: sees('other', other) }, 'protected', ['scanner-away']],
  ['another folder, without grace', { scanner: sees('elsewhere') }, 'not-in-use', ['scanner-elsewhere']],
  ['a scanner that cannot be asked', { scanner: sees('unasked') }, 'staged', ['scanner-not-asked']],
  ['one that was told', { scanner: sees('told') }, 'staged', ['scanner-told']],
  ['an old set', { current: old, scanner: sees('in-use', old) }, 'stale', ['outdated']],
  [
    'an old set, not in use',
    { current: old, scanner: sees('dead'), lastSight: long },
    'not-in-use',
    ['scanner-dead'],
  ],
  [
    'an old set that cannot be asked for',
    { current: old, scanner: sees('unasked') },
    'stale',
    ['outdated', 'scanner-not-asked'],
  ],
  ['a clock behind the set', { current: set('20261123.001') }, 'protected', ['clock-behind']],
  [
    'a source that fails for long',
    { sources: [{ name: 'main', failingSince: ago(40 * hour), error: 'no' }] },
    'protected',
    ['source-failing'],
  ],
  [
    'a source that has just begun to',
    { sources: [{ name: 'main', failingSince: ago(hour), error: 'no' }] },
    'protected',
    [],
  ],
  [
    'a newer set barred',
    { barred: [{ set: set('20261121.002'), reason: 'bad' }] },
    'protected',
    ['newest-barred'],
  ],
  ['an older set barred', { barred: [{ set: old, reason: 'bad' }] }, 'protected', []],
  [
    'a licence in grace',
    { licence: { state: 'expired', required: true, ends: now, reason: null } },
    'protected',
    ['licence'],
  ],
  [
    'a licence that nobody asks for',
    { licence: { state: 'expired', required: false, ends: now, reason: null } },
    'protected',
    [],
  ],
  ['a full disk', { free: 0.05 }, 'protected', ['disk-low']],
  ['a hold that grew old', { heldOutdated: [fresh] }, 'protected', ['hold-outdated']],
  ['updates switched off', { scheduleOff: true }, 'protected', ['schedule-off']],
]

describe('the verdict', () => {
  it.each(table)('%s', (_, facts, state, codes) => {
    const verdict = judgeProtection({ ...good, ...facts })
    expect([verdict.state, verdict.reasons.map(({ code }) => code)]).toEqual([state, codes])
    // A tired admin is told what is wrong and, where that is possible, what to do.
    if (!isHealthy(verdict)) expect(verdict.reasons[0]?.advice).toMatch(/\w/)
    expect(verdictLine(verdict, facts.current === undefined ? fresh : facts.current)).toMatch(
      new RegExp(`^${state}: .{10}`),
    )
  })

  it('goes on from where it began, and begins where the facts say', () => {
    const since = ago(3 * hour)
    expect(judgeProtection({ ...good, before: { state: 'protected', since } }).since).toBe(since)
    expect(judgeProtection({ ...good, before: { state: 'stale', since } }).since).toBe(now.toISOString())
    expect(judgeProtection({ ...good, scanner: sees('dead'), lastSight: long }).since).toBe(long)
    expect(judgeProtection({ ...good, current: old }).since).toBe('2026-11-19T12:00:00.000Z')
  })

  it('names the set in what is to be done about a hold, which need not be the current one', () => {
    const { reasons } = judgeProtection({ ...good, heldOutdated: [old] })
    expect(reasons.at(-1)?.advice).toBe(`run 'defs unhold ${old}'`)
  })

  it('does not trust a sight from the future, or one that cannot be read', () => {
    const away = { ...good, scanner: sees('dead') }
    expect(judgeProtection({ ...away, lastSight: ago(-hour) }).state).toBe('not-in-use')
    expect(judgeProtection({ ...away, lastSight: 'lately' }).state).toBe('not-in-use')
  })

  it('that was written down is judged anew for another age', () => {
    const sound = judgeProtection(good)
    const staged = judgeProtection({ ...good, scanner: sees('unasked') })
    const stale = (scanner: ScannerSight['state']) =>
      judgeProtection({ ...good, scanner: sees(scanner), current: old })
    const anew = (verdict: ProtectionVerdict, current: SetName, maxAge: number) => {
      const { state, reasons } = verdictForAge(verdict, current, maxAge, now)
      return [state, ...reasons.map(({ code }) => code)]
    }
    expect(anew(sound, fresh, minute)).toEqual(['stale', 'outdated'])
    expect(anew(staged, fresh, minute)).toEqual(['stale', 'outdated', 'scanner-not-asked'])
    expect(anew(stale('in-use'), old, 999 * 24 * hour)).toEqual(['protected'])
    expect(anew(stale('unasked'), old, 999 * 24 * hour)).toEqual(['staged', 'scanner-not-asked'])
    expect(anew(stale('in-use'), old, minute)).toEqual(['stale', 'outdated'])
    const dead = judgeProtection({ ...good, scanner: sees('dead'), lastSight: long })
    expect(verdictForAge(dead, fresh, minute, now)).toEqual(dead)
  })

  it('is unknown when it was written down more than two checks ago', () => {
    const written = judgeProtection(good)
    const state = (asOf: string) => agedVerdict(written, asOf, now).state
    expect([state(ago(19 * minute)), state(ago(21 * minute))]).toEqual(['protected', 'unknown'])
    expect([state('lately'), state(ago(-hour))]).toEqual(['unknown', 'unknown'])
    const told = (asOf: string) => {
      const { since, reasons } = agedVerdict(written, asOf, now)
      return [since, reasons[0]]
    }
    const old = { code: 'facts-old', message: expect.stringContaining('older than two checks') }
    expect(told(ago(hour))).toMatchObject([ago(hour), old])
    // A clock that was put back: nothing is old then, and nothing began in the future.
    const ahead = { code: 'facts-old', message: expect.stringContaining('which lies ahead') }
    expect(told(ago(-hour))).toMatchObject([now.toISOString(), ahead])
  })

  it('of several families is the gravest', () => {
    const dead = judgeProtection({ ...good, scanner: sees('dead'), lastSight: null })
    expect(gravestVerdict([judgeProtection(good), dead])).toBe(dead)
    expect(gravestVerdict([])).toBeNull()
  })

  it('is told to monitors by the codes of the contract', () => {
    expect(nagiosOf).toEqual({
      none: 'CRITICAL',
      'not-in-use': 'CRITICAL',
      stale: 'WARNING',
      unknown: 'UNKNOWN',
      staged: 'OK',
      protected: 'OK',
    })
  })
})

describe('what is to be done about an old set', () => {
  const advice = (answered: ProtectionFacts['answered']) => {
    const facts = { ...good, current: old, scanner: sees('in-use', old), ...(answered && { answered }) }
    return judgeProtection(facts).reasons[0]?.advice
  }

  it('is an update, when the last one failed or none was', () => {
    expect(advice(null)).toMatch(/^run 'defs update'/)
  })

  it('is a look at the source, when that has nothing newer', () => {
    const heard = { source: 'main', at: ago(minute), offered: old, since: ago(60 * hour) }
    expect(advice(heard)).toBe(
      "'main' answered at 2026-11-21 11:59 UTC and has nothing newer; it has offered 20261118.001 since 2026-11-19 00:00 UTC: see why nobody fills it, or name another source",
    )
    expect(advice({ ...heard, offered: null, since: null })).toMatch(/nothing newer: see why/)
  })

  it('is an update, when a newer one was not taken', () => {
    const heard = { source: 'main', at: ago(minute), offered: fresh, since: ago(hour) }
    expect(advice(heard)).toMatch(/offers 20261121\.001, which was not taken: run 'defs update'/)
  })
})
