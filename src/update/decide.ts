import { type Bar, isHeld, type SourceRecord } from '../hawking/records.ts'
import { writeBars } from '../hawking/state.ts'
import { compareSetNames, compareStanding, type SetName, type Standing } from '../set-name.ts'
import type { Offer, Statement } from '../source/source.ts'
import type { Run } from './run.ts'
import type { UpdateState, VerifiedState } from './state.ts'

/** Why an offered set was not taken; the word that starts the `reason` of the JSON. */
export type Refusal = 'same' | 'older' | 'barred' | 'held'

/** Whether an offered set is to become current. */
export type Verdict =
  | { readonly take: true }
  | { readonly take: false; readonly why: Refusal; readonly reason: string }
/**
 * What there is to say beside the numbers: what the statement of an internal server means to us, given the last one we
 * obeyed; or that the operator wants other parts than before, each of which is guarded against going back by itself.
 */
export type StatementEffect = 'demoted' | 'outdated' | 'reshaped' | null

/**
 * Weighs a signed statement. Rule: only a newer one than the last one obeyed takes us back. Stops: the replay of an
 * old demotion. Rule: an older one is not obeyed at all. Stops: the replay of the promotion that was taken back.
 * Rule: one that withdraws the set we have takes us back however often it was obeyed, for a machine that was away
 * may have missed the demotion itself. Stops: a withdrawn set that stays for good.
 */
export function statementEffect(
  statement: Pick<Statement, 'channel' | 'number' | 'demoted' | 'withdrawn'> | undefined,
  obeyed: Pick<Statement, 'channel' | 'number'> | null,
  current: SetName | null,
): StatementEffect {
  if (!statement) return null
  const comparable = obeyed !== null && obeyed.channel === statement.channel
  if (comparable && statement.number < obeyed.number) return 'outdated'
  if (current !== null && statement.withdrawn.includes(current)) return 'demoted'
  const newer = !comparable || statement.number > obeyed.number
  return statement.demoted && newer ? 'demoted' : null
}

/** An offered set, with what stands in it once that is known. */
interface Offered extends Standing {
  /** As contents.ts sums it up; missing or null before it has come. */
  readonly contents?: string | null
}

/**
 * Judges an offer (docs/contract.md section 2): the same set, an older one, a barred one and anything while the
 * current one is held stay where they are, which is a result and not an error.
 */
export function decide(offered: Offered, state: UpdateState, said: StatementEffect = null): Verdict {
  const { current, force } = state
  if (force) return { take: true }
  if (current && state.holds.some((hold) => hold.set === current.set && isHeld(hold, state.now))) {
    return refuse('held', `the current set ${current.set} is held; 'defs unhold' releases it`)
  }
  const bar = state.allow === offered.set ? undefined : barOn(offered, state)
  if (bar) {
    const how = bar.checks || bar.origin ? (bar.reason ?? 'the gate refused it') : 'it was rolled back'
    const why = bar.set === offered.set ? how : `what stands in it is that of ${bar.set}: ${how}`
    return refuse(
      'barred',
      `${offered.set}: ${why}; 'defs update --allow ${offered.set}' asks for it all the same`,
    )
  }
  if (!current) return { take: true }
  const standing = standingOf(offered, state, current)
  if (standing === 0) {
    const remade = state.made?.of === offered.set && current.set !== offered.set
    const as = remade ? `, as ${current.set} with the exceptions` : ''
    return refuse('same', `${offered.set} is current already${as}`)
  }
  if (said === 'outdated')
    return refuse('older', `the statement that names ${offered.set} is older than the one obeyed last`)
  if (standing < 0 && said !== 'demoted' && said !== 'reshaped')
    return refuse('older', `${describe(offered)} is older than the current ${describe(current)}`)
  return { take: true }
}

/**
 * Where an offer stands beside the current set, or beside what that was made of. The revision of what was made here was
 * only the next free one: a publisher may give the same to something newer.
 */
function standingOf(offered: Offered, { made }: UpdateState, current: Standing): number {
  if (made?.of == null) return compareStanding(offered, current)
  const alike = offered.contents != null && offered.contents === made.contents
  if (alike && offered.set === current.set) return 0
  return compareStanding(offered, { ...current, set: made.of })
}

/**
 * Judges an offer whose set is not named: by its sequence number, or by what the same package turned out to be
 * last time. Undecided offers are taken as far as the opened package, which is judged again.
 */
export function decideBeforeDownload(
  offer: Offer,
  { judged: known, statement }: Pick<SourceRecord, 'judged' | 'statement'>,
  state: UpdateState,
): Verdict {
  const said = statementEffect(offer.statement, statement ?? null, state.current?.set ?? null)
  const seen = known !== null && known.fingerprint === offer.package.fingerprint
  if (offer.set !== null) {
    const contents = seen && known.set === offer.set ? (known.contents ?? null) : null
    return decide({ set: offer.set, sequence: offer.sequence, contents }, state, said)
  }
  const verdict = seen ? decide(known, state) : null
  // A set that is put together here goes on under a new name when its parts are again what they were.
  const isMadeHere = offer.unguarded?.kind === 'clamav' || offer.unguarded?.kind === 'parts'
  if (verdict && (verdict.take || verdict.why !== 'older' || !isMadeHere)) return verdict
  const { current, force } = state
  const behind = (current?.sequence?.number ?? 0) - (offer.sequence?.number ?? Number.POSITIVE_INFINITY)
  if (!current || force || behind < 0) return { take: true }
  const number = `sequence ${offer.sequence?.number}`
  if (behind === 0) return refuse('same', `${number} is ${current.set}, current already`)
  return refuse('older', `${number} is older than the current ${describe(current)}`)
}

// What is barred is still better than nothing, unless the gate would refuse it again whatever it is compared with.
function barOn(offered: Offered, { bars, current }: UpdateState): Bar | undefined {
  return bars.find(
    (bar) => isMeant(bar, offered) && (current || bar.checks?.some((check) => check !== 'size')),
  )
}

/** Whether a bar is on this set: on what stands in it where that was written down, else on its name. */
function isMeant(bar: Bar, { set, contents }: Offered): boolean {
  return bar.contents == null ? bar.set === set : bar.contents === contents
}

function refuse(why: Refusal, text: string): Verdict {
  return { take: false, why, reason: `${why}: ${text}` }
}

function describe({ set, sequence }: Standing): string {
  return sequence ? `${set} (sequence ${sequence.number})` : set
}

/**
 * Lifts the bars that have had their day: the one on a set that was taken because the user said so, with `--allow`
 * or `--force`, and those that the gate put up to this set.
 * @param of what it was made of, when that has another name
 */
export async function unbar(
  set: SetName,
  { bars, force, allow }: VerifiedState,
  run: Run,
  contents: string | null = null,
  of: SetName | null = null,
): Promise<void> {
  const meant = force || allow === set
  const onIt = (bar: Bar) =>
    bar.set === set || bar.set === of || (contents !== null && bar.contents === contents)
  const others = bars.filter((bar) => !(meant && onIt(bar)) && !isSuperseded(bar, set))
  if (others.length < bars.length) await writeBars(run.store, others)
}

function isSuperseded({ set, checks }: Bar, by: SetName): boolean {
  return Boolean(checks) && compareSetNames(set, by) <= 0
}
