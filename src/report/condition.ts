import type { AttemptRecord, SourceRecord } from '../hawking/records.ts'
import { coolDownsAt } from '../hawking/state.ts'
import { ageOf, type SetName } from '../set-name.ts'
import { formatTime } from './span.ts'

/**
 * How the definitions stand, and why nothing newer comes:
 * - `current`: fresh enough, and the last source that was asked answered.
 * - `cooling-down`: the last source that was asked wants to be left alone until a moment that is still ahead.
 * - `offline`: at the last try no source answered.
 * - `frozen`: too old although a source answers: it has offered the same old set for longer than `maxAge`. An
 *   attacker between us and the vendor can do that, a mirror that is not filled any more does it, too.
 * - `stale`: too old, for none of these reasons.
 * - `none`: there is no current set.
 */
export type Condition = 'current' | 'cooling-down' | 'offline' | 'frozen' | 'stale' | 'none'

/** What the condition follows from. */
export interface ConditionFacts {
  readonly current: SetName | null
  readonly attempt: AttemptRecord | null
  readonly sources: Readonly<Record<string, SourceRecord>>
  /** Milliseconds. */
  readonly maxAge: number
  readonly now: Date
}

/** The condition with what it follows from, for people; null where there is nothing to add. */
export interface Diagnosis {
  readonly condition: Condition
  readonly reason: string | null
}

/** Judges how the definitions stand. Pure. */
export function diagnose(circumstances: ConditionFacts): Diagnosis {
  const { current, maxAge, now } = circumstances
  if (current === null) return { condition: 'none', reason: null }
  const word = lastAnswer(circumstances)
  if (word?.cooling && word.until !== null && Date.parse(word.until) > now.getTime()) {
    return { condition: 'cooling-down', reason: `asked to wait until ${formatTime(word.until)}` }
  }
  if (word && !word.cooling && word.code?.startsWith('SOURCE_')) {
    return { condition: 'offline', reason: `no source answered at ${formatTime(word.at)} (${word.code})` }
  }
  if (ageOf(current, now) <= maxAge) return { condition: 'current', reason: null }
  const frozen = frozenSource(circumstances)
  return frozen === null ? { condition: 'stale', reason: null } : { condition: 'frozen', reason: frozen }
}

interface LastAnswer {
  readonly at: string
  /** Null when it went well. */
  readonly code: string | null
  readonly cooling: boolean
  readonly until: string | null
}

/** How asking ended last: a run as a whole, or a question outside of one (`check`) that came later. */
function lastAnswer({ attempt, sources, now }: ConditionFacts): LastAnswer | null {
  const words: LastAnswer[] = []
  const untils = Object.values(sources).flatMap((record) => untilsOf(record, now))
  const until = untils.toSorted().at(-1) ?? null
  for (const record of Object.values(sources)) {
    const { lastAttempt: at, outcome, error } = record
    const cooling = outcome === 'cooling-down'
    const own = untilsOf(record, now).toSorted().at(-1) ?? null
    if (at !== null) words.push({ at, code: error?.code ?? null, cooling, until: own })
  }
  // Last, and so it counts more than the sources that were asked in the course of it.
  if (attempt) {
    const code = attempt.error?.code ?? null
    words.push({ at: attempt.at, code, cooling: code === 'SOURCE_COOLING_DOWN', until })
  }
  return words.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1) ?? null
}

function untilsOf(record: SourceRecord, now: Date): string[] {
  return coolDownsAt(record, now).map(([, until]) => until)
}

function frozenSource({ sources, maxAge, now }: ConditionFacts): string | null {
  for (const [name, { outcome, offered, offeredSince }] of Object.entries(sources)) {
    if (outcome !== 'succeeded' || offered === null || offeredSince === null) continue
    const old = ageOf(offered, now) > maxAge && now.getTime() - Date.parse(offeredSince) > maxAge
    if (old) return `'${name}' answers, but has offered ${offered} since ${formatTime(offeredSince)}`
  }
  return null
}
