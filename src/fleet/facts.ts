import type { SetName } from '../set-name.ts'
import type { HostOutcome } from './report.ts'

/** One host's failure or trouble with a set: what a verdict rests on. */
export interface HostEvidence {
  readonly host: string
  readonly ring: string
  readonly set: SetName
  /** `set`: the set is to blame; `host`: the machine. */
  readonly class: 'set' | 'host'
  /** `lost`: it said that it takes the set, and then nothing. */
  readonly outcome: HostOutcome | 'lost'
  readonly exitCode: number | null
  readonly error: string | null
}

/** What a ring is waited for with. */
export type Waits = 'approval' | 'window' | 'coverage' | 'troubles'

/** How many hosts stood where when a ring passed. */
export interface PassCounts {
  readonly hosts: number
  readonly awake: number
  readonly good: number
  readonly failures: number
}

/**
 * What was decided or seen once and cannot be worked out again. Everything else follows from these, from the signed
 * tree and from the reports; `by` is `controller`, `start` for what a ring offered before the first fact, `hand` for
 * a promotion that nobody announced, or a user.
 */
export type FactBody =
  | { readonly fact: 'started' }
  | { readonly fact: 'opened'; readonly set: SetName; readonly ring: string; readonly by: string }
  | {
      readonly fact: 'passed'
      readonly set: SetName
      readonly ring: string
      readonly by: string
      readonly counts: PassCounts | null
    }
  | ({ readonly fact: 'failed' } & HostEvidence)
  | {
      readonly fact: 'barred'
      readonly set: SetName
      readonly by: string
      readonly reason: string
      /** `halted`: it failed, or somebody said so; `withdrawn`: taken back with `fleet rollback`. */
      readonly how: 'halted' | 'withdrawn'
      /** The ring whose hosts failed; null when somebody said so. */
      readonly ring: string | null
    }
  | {
      readonly fact: 'demoted'
      readonly ring: string
      readonly from: SetName
      readonly to: SetName
      readonly by: string
    }
  | {
      readonly fact: 'approved'
      readonly set: SetName
      readonly ring: string
      readonly by: string
      readonly reason: string | null
    }
  | {
      readonly fact: 'paused' | 'resumed'
      /** Null for all rings. */
      readonly ring: string | null
      readonly by: string
      readonly reason: string | null
    }
  | { readonly fact: 'urgent'; readonly set: SetName; readonly by: string; readonly reason: string }
  | { readonly fact: 'waiting'; readonly set: SetName; readonly ring: string; readonly waits: Waits }
  | { readonly fact: 'frozen'; readonly set: SetName; readonly ring: string; readonly reason: string }
  | { readonly fact: 'complete' | 'superseded'; readonly set: SetName }

/** A fact with its number, which rises without gaps, and its moment by the controller's clock (RFC 3339, UTC). */
export type Fact = FactBody & { readonly n: number; readonly at: string }

/** Where a set stands in one ring. */
interface Stand {
  opened: { at: string; by: string } | null
  passed: { at: string; by: string } | null
  /** When it was taken out of the ring again. */
  left: string | null
}

/** All that is known of one set. */
interface SetFacts {
  readonly rings: Map<string, Stand>
  readonly evidence: (HostEvidence & { at: string })[]
  readonly approvals: { ring: string; who: string; at: string; reason: string | null }[]
  readonly told: Set<string>
  barred: { at: string; by: string; reason: string; how: 'halted' | 'withdrawn'; ring: string | null } | null
  urgent: { at: string; by: string; reason: string } | null
  /** How its rollout ended, when it was told. */
  ended: 'complete' | 'superseded' | null
}

/** The facts, by what they are about. */
export interface Known {
  readonly started: boolean
  readonly sets: ReadonlyMap<SetName, SetFacts>
  /** Rings that somebody paused; the empty name stands for all of them. */
  readonly paused: ReadonlyMap<string, { at: string; by: string; reason: string | null }>
  /** When `resume` was said last, which lets newer sets ride again after a halt that paused all. */
  readonly resumedAt: string | null
}

/** Puts facts together, oldest first. Pure. */
export function knownFrom(facts: readonly Fact[]): Known {
  const sets = new Map<SetName, SetFacts>()
  const paused = new Map<string, { at: string; by: string; reason: string | null }>()
  let started = false
  let resumedAt: string | null = null
  const of = (set: SetName): SetFacts => {
    const there = sets.get(set) ?? {
      rings: new Map(),
      evidence: [],
      approvals: [],
      told: new Set(),
      barred: null,
      urgent: null,
      ended: null,
    }
    sets.set(set, there)
    return there
  }
  const stand = (set: SetName, ring: string): Stand => {
    const { rings } = of(set)
    const there = rings.get(ring) ?? { opened: null, passed: null, left: null }
    rings.set(ring, there)
    return there
  }
  for (const fact of facts) {
    const { at } = fact
    switch (fact.fact) {
      case 'started':
        started = true
        break
      case 'opened': {
        const there = stand(fact.set, fact.ring)
        there.opened = { at, by: fact.by }
        there.left = null
        break
      }
      case 'passed':
        stand(fact.set, fact.ring).passed = { at, by: fact.by }
        break
      case 'failed': {
        const { host, ring, set, class: kind, outcome, exitCode, error } = fact
        of(set).evidence.push({ host, ring, set, class: kind, outcome, exitCode, error, at })
        break
      }
      case 'barred':
        of(fact.set).barred ??= { at, by: fact.by, reason: fact.reason, how: fact.how, ring: fact.ring }
        break
      case 'demoted': {
        stand(fact.from, fact.ring).left = at
        const back = stand(fact.to, fact.ring)
        back.left = null
        back.passed ??= { at, by: fact.by }
        break
      }
      case 'approved':
        of(fact.set).approvals.push({ ring: fact.ring, who: fact.by, at, reason: fact.reason })
        break
      case 'paused':
        paused.set(fact.ring ?? '', { at, by: fact.by, reason: fact.reason })
        break
      case 'resumed':
        if (fact.ring === null) paused.clear()
        else paused.delete(fact.ring)
        resumedAt = at
        break
      case 'urgent':
        of(fact.set).urgent = { at, by: fact.by, reason: fact.reason }
        break
      case 'waiting':
        of(fact.set).told.add(`${fact.ring}/${fact.waits}`)
        break
      case 'frozen':
        of(fact.set).told.add(`${fact.ring}/frozen`)
        break
      case 'complete':
      case 'superseded':
        of(fact.set).ended = fact.fact
        break
    }
  }
  return { started, sets, paused, resumedAt }
}

/** The facts that are still about something: those of sets that are published or barred, and what is in force. */
export function stillMeant(facts: readonly Fact[], published: ReadonlySet<SetName>): Fact[] {
  const barred = new Set(facts.flatMap((fact) => (fact.fact === 'barred' ? [fact.set] : [])))
  const keep = (set: SetName) => published.has(set) || barred.has(set)
  return facts.filter((fact) => {
    if (fact.fact === 'demoted') return keep(fact.from) || keep(fact.to)
    return !('set' in fact) || keep(fact.set)
  })
}
