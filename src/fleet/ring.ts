import type { RingPolicy } from '../config/fleet.ts'
import { ageOf, type SetName } from '../set-name.ts'
import { freezeAt, isInWindow } from './calendar.ts'
import type { HostEvidence, Known, PassCounts, Waits } from './facts.ts'
import { type HostSight, judgeRing } from './judge.ts'
import { type Action, newestOf, type RingView, type World } from './world.ts'

/** A ring about which nothing is known yet. */
export function nothingYet(ring: RingPolicy): RingView {
  return {
    ring,
    state: 'idle',
    waits: null,
    reason: null,
    set: null,
    statement: null,
    since: null,
    soakEnds: null,
    next: null,
    judgement: null,
    late: false,
  }
}

/** What one ring does, and how it stands then. */
export function ringStep(
  ring: RingPolicy,
  index: number,
  evidence: readonly HostEvidence[],
  world: World,
  sight: HostSight,
): { readonly view: RingView; readonly actions: readonly Action[] } {
  const { known, tree, hosts, now } = world
  const offer = tree.channels.get(ring.channel) ?? null
  const halts = haltsOf(ring, evidence, world, sight)
  const set = offer?.set ?? null
  const barred = set !== null && (known.sets.get(set)?.barred ?? null) !== null
  const base: RingView = {
    ...nothingYet(ring),
    next: nextFor(ring, index, barred, world, sight),
    set,
    statement: offer?.statement ?? null,
    judgement: set === null ? null : judgeRing(ring, set, hosts, against(set, evidence, known), sight),
    late: set !== null && ageOf(set, now) > ring.maxAge,
  }
  const stand = set === null ? undefined : known.sets.get(set)?.rings.get(ring.name)
  if (set !== null && !barred && !stand?.opened && !stand?.passed) {
    // A promotion by hand is judged like every other.
    const view: RingView = { ...base, state: 'opening', since: now.getTime(), reason: 'promoted by hand' }
    return { view, actions: [{ do: 'note-opened', ring: ring.name, set }, ...halts] }
  }
  if (set !== null && !barred && !stand?.passed) {
    const judged = underJudgement(base, set, world)
    return { view: judged.view, actions: [...halts, ...judged.actions] }
  }
  const after = openNext(base, world, sight)
  return { view: after.view, actions: [...halts, ...after.actions] }
}

/** A set with more failures in this ring than it admits is halted everywhere, also after the ring passed it. */
function haltsOf(
  ring: RingPolicy,
  evidence: readonly HostEvidence[],
  world: World,
  sight: HostSight,
): Action[] {
  const { known, hosts } = world
  return [...known.sets].flatMap(([set, facts]): Action[] => {
    const stand = facts.rings.get(ring.name)
    if (facts.barred || (!stand?.opened && !stand?.passed)) return []
    const all = against(set, evidence, known).filter((one) => one.ring === ring.name && one.class === 'set')
    if (all.length === 0) return []
    const { failures, failuresAllowed } = judgeRing(ring, set, hosts, all, sight)
    if (failures <= failuresAllowed) return []
    const names = [...new Set(all.map(({ host, outcome }) => `${host} (${outcome})`))]
    const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '')
    const reason = `${failures} of ${ring.name} failed with it, ${failuresAllowed} may: ${shown}`
    return [{ do: 'halt', set, ring: ring.name, reason, evidence: all }]
  })
}

function against(set: SetName, fresh: readonly HostEvidence[], known: Known): HostEvidence[] {
  return [...(known.sets.get(set)?.evidence ?? []), ...fresh.filter((one) => one.set === set)]
}

/** A ring whose set is not decided yet. */
function underJudgement(
  base: RingView,
  set: SetName,
  world: World,
): { readonly view: RingView; readonly actions: readonly Action[] } {
  const { policy, known, now } = world
  const { ring, judgement } = base
  const facts = known.sets.get(set)
  const stand = facts?.rings.get(ring.name)
  const openedAt = Date.parse(stand?.opened?.at ?? now.toISOString())
  if (!judgement) return { view: base, actions: [] }
  const { enoughAt, troubles, troublesAllowed, good, awake, hosts, failures } = judgement
  const view = { ...base, since: openedAt }
  const counts: PassCounts = { hosts, awake, good, failures }
  const approval = facts?.approvals.findLast((one) => one.ring === ring.name) ?? null
  const approved = approval !== null && Date.parse(approval.at) >= openedAt
  const pass = (by: string): Action => ({ do: 'pass', ring: ring.name, set, by, counts })
  const wait = (waits: Waits, reason: string): { view: RingView; actions: Action[] } => ({
    view: { ...view, state: 'waiting', waits, reason },
    actions: facts?.told.has(`${ring.name}/${waits}`)
      ? []
      : [{ do: 'wait', ring: ring.name, set, waits, reason }],
  })
  if (troubles > troublesAllowed) {
    if (approved) return { view: { ...view, state: 'soaking' }, actions: [pass(approval.who)] }
    return wait('troubles', `${troubles} hosts are in trouble of their own, ${troublesAllowed} may be`)
  }
  if (isPaused(ring, known))
    return { view: { ...view, state: 'paused', reason: pauseReason(ring, known) }, actions: [] }
  if (enoughAt !== null) {
    const soak = facts?.urgent ? Math.min(ring.soak, policy.urgent.soak) : ring.soak
    const soakEnds = enoughAt + soak
    const soaking: RingView = { ...view, state: 'soaking', soakEnds }
    return { view: soaking, actions: soakEnds <= now.getTime() ? [pass('controller')] : [] }
  }
  if (now.getTime() - openedAt > ring.patience) {
    if (approved) return { view: { ...view, state: 'soaking' }, actions: [pass(approval.who)] }
    const lack =
      judgement.counts.taking > 0 ? `${judgement.counts.taking} hosts have not said how it ended` : null
    const reason = lack ?? `${good} of ${awake} hosts that are awake proved it, ${needed(base)} must`
    return wait('coverage', `not decided within its patience: ${reason}`)
  }
  const begun = judgement.counts.pending + judgement.counts.silent < hosts || good > 0
  return { view: { ...view, state: begun ? 'judging' : 'opening' }, actions: [] }
}

function needed({ ring, judgement }: RingView): number {
  const { minimum, awake } = judgement ?? { minimum: 1, awake: 0 }
  return Math.max(minimum, Math.ceil((ring.coverage * awake) / 100 - 1e-9))
}

/** A ring that may take the next set: its own has passed, or is barred, or it never had one. */
function openNext(
  base: RingView,
  world: World,
  sight: HostSight,
): { readonly view: RingView; readonly actions: readonly Action[] } {
  const { policy, known, tree, now } = world
  const { ring, set, next } = base
  const stand = set === null ? undefined : known.sets.get(set)?.rings.get(ring.name)
  const passedAt = stand?.passed ? Date.parse(stand.passed.at) : null
  const halted = haltOn(base, world, sight)
  const resting: RingView = halted
    ? { ...base, state: 'halted', since: Date.parse(halted.at), reason: halted.reason }
    : { ...base, state: set === null ? 'idle' : 'passed', since: passedAt }
  if (isPaused(ring, known))
    return { view: { ...resting, state: 'paused', reason: pauseReason(ring, known) }, actions: [] }
  if (next === null) return { view: resting, actions: [] }
  const facts = known.sets.get(next)
  const urgent = facts?.urgent ?? null
  if (policy.onHalt === 'pause-all' && isHaltUnresumed(known))
    return { view: { ...resting, state: 'paused', reason: 'a set was halted: resume to go on' }, actions: [] }
  if (!tree.fresh)
    return { view: { ...resting, reason: 'what is signed is past its end: nothing is opened' }, actions: [] }
  const wait = (waits: Waits, reason: string) => ({
    view: { ...resting, state: 'waiting', waits, reason } as const,
    actions: facts?.told.has(`${ring.name}/${waits}`)
      ? []
      : [{ do: 'wait', ring: ring.name, set: next, waits, reason } as const],
  })
  const freeze = urgent ? null : freezeAt(policy.freeze, now, policy.timeZone)
  if (freeze) {
    const reason = `frozen until the end of ${freeze.to}: ${freeze.reason}`
    return {
      view: { ...resting, state: 'frozen', reason },
      actions: facts?.told.has(`${ring.name}/frozen`)
        ? []
        : [{ do: 'freeze', ring: ring.name, set: next, reason }],
    }
  }
  const approved = facts?.approvals.some((one) => one.ring === ring.name) ?? false
  if (ring.approve && !approved) return wait('approval', `${next} waits for somebody to approve it`)
  if (!urgent && !isInWindow(policy.windows, ring.name, now, policy.timeZone))
    return wait('window', `${next} waits for the window of ${ring.name}`)
  const opened = (facts?.rings.get(ring.name)?.opened ?? null) !== null
  return {
    view: { ...resting, state: 'opening', since: now.getTime(), reason: null },
    actions: [{ do: 'open', ring: ring.name, set: next, known: opened }],
  }
}

/** The newest set that a ring may take: passed by the ring before it, barred by nobody, newer than its own. */
function nextFor(
  ring: RingPolicy,
  index: number,
  barred: boolean,
  { policy, known, tree }: World,
  sight: HostSight,
): SetName | null {
  const before = policy.rings[index - 1]
  const offer = tree.channels.get(ring.channel)
  const source =
    before === undefined
      ? tree.intake
      : [...known.sets].flatMap(([set, { rings }]) => (rings.get(before.name)?.passed ? [set] : []))
  const fit = source.filter((set) => {
    const facts = known.sets.get(set)
    if (facts?.barred || !sight.published.has(set) || offer?.withdrawn.includes(set)) return false
    if (offer === undefined || barred) return set !== offer?.set
    return sight.compare(set, offer.set) > 0
  })
  return fit.toSorted((a, b) => sight.compare(b, a))[0] ?? null
}

/**
 * The halt that a ring is in: the newest set of the intake was halted, and this ring had it; or the set was that it still
 * offers, having nothing to go back to.
 */
function haltOn(
  { ring, set }: RingView,
  { known, tree }: World,
  sight: HostSight,
): { readonly at: string; readonly reason: string } | null {
  for (const one of [newestOf(tree.intake, sight), set]) {
    const facts = one === null ? undefined : known.sets.get(one)
    const stand = facts?.rings.get(ring.name)
    if (facts?.barred?.how === 'halted' && (stand?.opened || stand?.passed))
      return { at: facts.barred.at, reason: `${one} was halted: ${facts.barred.reason}` }
  }
  return null
}

function isHaltUnresumed({ sets, resumedAt }: Known): boolean {
  return [...sets.values()].some(
    ({ barred }) => barred?.how === 'halted' && (resumedAt === null || resumedAt < barred.at),
  )
}

function isPaused({ name }: RingPolicy, { paused }: Known): boolean {
  return paused.has('') || paused.has(name)
}

function pauseReason({ name }: RingPolicy, { paused }: Known): string {
  const pause = paused.get(name) ?? paused.get('')
  return `paused by ${pause?.by ?? 'somebody'}${pause?.reason ? `: ${pause.reason}` : ''}`
}
