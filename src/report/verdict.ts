import type { StandingException } from '../hawking/line/exceptions.ts'
import type { LicenceState } from '../licence/state.ts'
import { limits } from '../limits.ts'
import type { ScannerSight } from '../scanner/scanner.ts'
import { ageOf, compareSetNames, dateOf, type SetName } from '../set-name.ts'
import { exceptionReasons } from './exception-reasons.ts'
import { type LastAnswer, outdatedAdvice } from './outdated.ts'
import { type ScheduleFacts, scheduleReasons } from './schedule-reasons.ts'
import { formatSpan } from './span.ts'

/**
 * Whether this machine is protected, gravest first:
 * - `none`: there is no valid set.
 * - `not-in-use`: the scanner can be asked, and is dead, silent, or uses another set.
 * - `stale`: the current set is older than `maxAge`.
 * - `unknown`: the facts cannot be read, or are older than two checks of the daemon.
 * - `staged`: sound and fresh, but this scanner cannot show that it uses the set.
 * - `protected`: sound, fresh and proved in use.
 */
export const protectionStates = ['none', 'not-in-use', 'stale', 'unknown', 'staged', 'protected'] as const

/** One of {@link protectionStates}. */
export type ProtectionState = (typeof protectionStates)[number]

/** One thing that speaks for the state, or that an admin should know beside it. */
export interface VerdictReason {
  /** Stable, for scripts. */
  readonly code: VerdictReasonCode
  readonly message: string
  /** What to do; null when nothing is to be done. */
  readonly advice: string | null
}

/** Every code of a reason. */
export type VerdictReasonCode =
  | 'no-definitions'
  | 'pointer-dangling'
  | 'scanner-dead'
  | 'scanner-silent'
  | 'scanner-lost'
  | 'scanner-other-set'
  | 'scanner-elsewhere'
  | 'scanner-away'
  | 'scanner-not-asked'
  | 'scanner-told'
  | 'outdated'
  | 'facts-unreadable'
  | 'facts-old'
  | 'clock-behind'
  | 'source-failing'
  | 'newest-barred'
  | 'licence'
  | 'disk-low'
  | 'hold-outdated'
  | 'schedule-off'
  | 'exception'
  | 'exception-unmatched'
  | 'schedule-paused'

/** The one verdict. */
export interface ProtectionVerdict {
  readonly state: ProtectionState
  /** Since when; RFC 3339, UTC. */
  readonly since: string
  /** What the state follows from comes first. */
  readonly reasons: readonly VerdictReason[]
}

/** What the verdict follows from. */
export interface ProtectionFacts extends ScheduleFacts {
  readonly now: Date
  /** Milliseconds. */
  readonly maxAge: number
  /** How long a scanner may be away before that is a state: `scanner.grace`. Milliseconds. */
  readonly grace: number
  /** What `definfo.dat` names, and whether that set lies there. */
  readonly current: SetName | null
  readonly present: boolean
  /** Sets on disk. */
  readonly sets: number
  readonly scanner: ScannerSight
  /** When the scanner last showed a set, or was last seen at all; RFC 3339, UTC. */
  readonly lastSight: string | null
  readonly sources: readonly {
    readonly name: string
    /** Since when it has failed; null when it does not. RFC 3339, UTC. */
    readonly failingSince: string | null
    readonly error: string | null
  }[]
  readonly answered?: LastAnswer | null
  readonly barred: readonly { readonly set: SetName; readonly reason: string | null }[]
  readonly licence: Pick<LicenceState, 'state' | 'required' | 'ends' | 'reason'>
  /** Free share of the disk, 0 to 1; null when it cannot be asked. */
  readonly free: number | null
  /** Held sets that are older than allowed meanwhile. */
  readonly heldOutdated: readonly SetName[]
  /** What the sets are not to detect, as long as that counts, and what the current one still does not. */
  readonly exceptions?: readonly StandingException[]
  /** The last verdict that was kept, whose beginning goes on while the state does. */
  readonly before: Pick<ProtectionVerdict, 'state' | 'since'> | null
}

/** Says whether this machine is protected. Pure: the same facts give the same verdict wherever it is told. */
export function judgeProtection(facts: ProtectionFacts): ProtectionVerdict {
  const [state, reasons] = stateOf(facts)
  return { state, since: sinceOf(state, facts), reasons: [...reasons, ...besides(facts)] }
}

/** The gravest of several verdicts, for several families of definitions. */
export function gravestVerdict(verdicts: readonly ProtectionVerdict[]): ProtectionVerdict | null {
  const rank = ({ state }: ProtectionVerdict) => protectionStates.indexOf(state)
  return verdicts.toSorted((a, b) => rank(a) - rank(b))[0] ?? null
}

type Judged = readonly [ProtectionState, readonly VerdictReason[]]

/** What is wrong with a set that is older than allowed. */
export function outdated(
  current: SetName,
  age: number,
  maxAge: number,
  answered: LastAnswer | null,
  advice: string | null = outdatedAdvice(answered, current),
): VerdictReason {
  const text = `${current} is ${formatSpan(age)} old, ${formatSpan(maxAge)} are allowed`
  return reason('outdated', text, advice)
}

function stateOf(facts: ProtectionFacts): Judged {
  const { current, present, sets, maxAge, now } = facts
  if (current === null && sets > 0) {
    const text = 'definfo.dat names no set, though there are some'
    return ['none', [reason('pointer-dangling', text, "run 'defs verify --repair'")]]
  }
  if (current === null) {
    return ['none', [reason('no-definitions', 'no valid set is current', "run 'defs update'")]]
  }
  if (!present) {
    const text = `definfo.dat names ${current}, which is not on disk`
    return ['none', [reason('pointer-dangling', text, "run 'defs verify --repair'")]]
  }
  const used = useOf(facts, current)
  if (used?.[0] === 'not-in-use') return used
  const age = ageOf(current, now)
  if (age > maxAge) {
    return ['stale', [outdated(current, age, maxAge, facts.answered ?? null), ...(used?.[1] ?? [])]]
  }
  return used ?? ['protected', []]
}

/** What the scanner says of the current set; null when it shows that it uses it. */
function useOf({ scanner, lastSight, grace, now }: ProtectionFacts, current: SetName): Judged | null {
  const { state, set, said } = scanner
  switch (state) {
    case 'in-use':
      return null
    case 'unasked':
      return ['staged', [reason('scanner-not-asked', `${current} is in place; ${said}`, null)]]
    case 'told': {
      const text = `the scanner was told of ${current} and cannot show that it uses it: ${said}`
      return [
        'staged',
        [reason('scanner-told', text, 'see scanner.canary, and clamd.conf: DatabaseDirectory')],
      ]
    }
    case 'other': {
      const uses = set === null ? 'another set' : set
      const text = `the scanner uses ${uses}, not ${current}: ${said}`
      const advice =
        "see whether it reads <store.root>/VirusDefs/current (clamd.conf: DatabaseDirectory); 'defs update' tells it again"
      return away('scanner-other-set', text, advice)
    }
    case 'elsewhere':
      return [
        'not-in-use',
        [reason('scanner-elsewhere', said, 'correct DatabaseDirectory in clamd.conf and restart clamd')],
      ]
    case 'dead':
      return away('scanner-dead', `the scanner does not run: ${said}`, 'start it; it loads what is current')
    case 'lost':
      return away(
        'scanner-lost',
        `the scanner has no engine: ${said}`,
        'restart it; it loads what is current',
      )
    case 'silent':
      return away(
        'scanner-silent',
        `the scanner does not answer: ${said}`,
        'see its log; restart it if it stays so',
      )
  }

  function away(code: VerdictReasonCode, text: string, advice: string): Judged {
    const gone = lastSight === null ? Number.POSITIVE_INFINITY : now.getTime() - Date.parse(lastSight)
    // A clock that was set back makes nothing younger than now.
    if (gone < grace && gone > -limits.clockSkew) {
      const short = `${text} (seen last ${formatSpan(Math.max(0, gone))} ago, allowed are ${formatSpan(grace)})`
      return ['protected', [reason('scanner-away', short, null)]]
    }
    return ['not-in-use', [reason(code, text, advice)]]
  }
}

/** What never changes the state. */
function besides(facts: ProtectionFacts): VerdictReason[] {
  const { current, now, maxAge, sources, barred, licence, free, heldOutdated } = facts
  const reasons: VerdictReason[] = []
  if (current !== null && dateOf(current).getTime() - now.getTime() > limits.future) {
    const text = `the clock shows ${now.toISOString()}, but the current set is of ${current.slice(0, 8)}`
    reasons.push(reason('clock-behind', text, 'set the clock; until then ages say nothing'))
  }
  for (const { name, failingSince, error } of sources) {
    if (failingSince === null || !(now.getTime() - Date.parse(failingSince) > maxAge)) continue
    const why = error === null ? '' : `: ${error}`
    reasons.push(
      reason(
        'source-failing',
        `'${name}' has failed since ${failingSince}${why}`,
        `run 'defs sources test ${name}'`,
      ),
    )
  }
  for (const { set, reason: why } of barred) {
    // One on the name of the current set is on what stood in it before.
    if (current !== null && compareSetNames(set, current) <= 0) continue
    const text = `${set} is barred${why === null ? '' : `: ${why}`}`
    reasons.push(
      reason(
        'newest-barred',
        text,
        `a newer one comes by itself; 'defs update --allow ${set}' tries it again`,
      ),
    )
  }
  if (licence.required && licence.state !== 'valid' && licence.state !== 'not required') {
    const end = licence.ends === null ? '' : `, ends ${licence.ends.toISOString().slice(0, 10)}`
    reasons.push(
      reason(
        'licence',
        `content licence: ${licence.reason ?? `${licence.state}${end}`}`,
        "renew it, see 'defs license'",
      ),
    )
  }
  if (free !== null && free < limits.lowDisk) {
    const text = `only ${Math.floor(free * 100)} % of the disk of the store is free`
    reasons.push(reason('disk-low', text, 'free some space or lower store.keep'))
  }
  for (const set of heldOutdated) {
    const text = `the held set ${set} is older than allowed`
    // Without a name it would release the current one, which may be another.
    reasons.push(reason('hold-outdated', text, `run 'defs unhold ${set}'`))
  }
  return [...reasons, ...exceptionReasons(facts.exceptions ?? []), ...scheduleReasons(facts)]
}

function reason(code: VerdictReasonCode, message: string, advice: string | null): VerdictReason {
  return { code, message, advice }
}

/** The beginning that was kept while the state goes on; else the moment the facts tell of. */
function sinceOf(
  state: ProtectionState,
  { before, now, lastSight, current, maxAge }: ProtectionFacts,
): string {
  if (before?.state === state) return before.since
  if (state === 'not-in-use' && lastSight !== null && !Number.isNaN(Date.parse(lastSight))) return lastSight
  if (state === 'stale' && current !== null) return new Date(dateOf(current).getTime() + maxAge).toISOString()
  return now.toISOString()
}

/** Who asks, by the codes of monitoring plugins: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
export const nagiosOf = {
  none: 'CRITICAL',
  'not-in-use': 'CRITICAL',
  stale: 'WARNING',
  unknown: 'UNKNOWN',
  staged: 'OK',
  protected: 'OK',
} as const satisfies Record<ProtectionState, string>

/** Whether a machine in this state counts as healthy (`/healthz` answers 200). */
export function isHealthy({ state }: Pick<ProtectionVerdict, 'state'>): boolean {
  return nagiosOf[state] === 'OK'
}

/** The verdict in one line, that which matters most first. */
export function verdictLine({ state, reasons }: ProtectionVerdict, current: SetName | null): string {
  const first = reasons[0]
  if (state === 'protected') {
    return first?.code === 'scanner-away'
      ? `${state}: ${first.message}`
      : `${state}: the scanner uses ${current}`
  }
  return `${state}: ${first?.message ?? 'no reason is known'}`
}
