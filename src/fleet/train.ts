import type { FleetPolicy } from '../config/fleet.ts'
import type { SetName } from '../set-name.ts'
import type { HostEvidence, Known } from './facts.ts'
import { evidenceOf, type HostSight } from './judge.ts'
import { nothingYet, ringStep } from './ring.ts'
import {
  type Action,
  type FleetSet,
  type RingView,
  type SetState,
  setBefore,
  sightOf,
  type TreeView,
  type World,
} from './world.ts'

/** What follows from it. */
export interface Decision {
  readonly rings: readonly RingView[]
  readonly sets: readonly FleetSet[]
  readonly actions: readonly Action[]
}

/**
 * The train: each ring takes the newest set that the ring before it passed and that nobody barred; there is no
 * rollout as a whole that a newer set could starve. A ring is never moved while it is judged. Pure: the same facts,
 * tree and reports give the same decision, before a crash and after it.
 */
export function decide(world: World): Decision {
  const { policy, known, tree } = world
  const sight = sightOf(world)
  const fresh = known.started ? [] : initial(policy, tree)
  if (!known.started) return { rings: startViews(world), sets: [], actions: [{ do: 'start', rings: fresh }] }
  const actions: Action[] = []
  const evidence = newEvidence(world, sight)
  if (evidence.length > 0) actions.push({ do: 'evidence', evidence })
  const views: RingView[] = []
  for (const [index, ring] of policy.rings.entries()) {
    const { view, actions: own } = ringStep(ring, index, evidence, world, sight)
    views.push(view)
    actions.push(...own)
  }
  const barred = [...known.sets].flatMap(([set, { barred: bar }]) => (bar ? [set] : []))
  const withdraw = toWithdraw(barred, world, sight)
  if (withdraw.length > 0) actions.push({ do: 'withdraw', sets: withdraw })
  const sets = setViews(world)
  actions.push(...endings(sets, known))
  return { rings: views, sets, actions: inOrder(actions) }
}

/** HostEvidence and halts before anything that moves forward; the rest in the order of the rings. */
function inOrder(actions: readonly Action[]): Action[] {
  const rank = ({ do: what }: Action) =>
    ['evidence', 'halt', 'withdraw', 'note-opened', 'pass'].indexOf(what) + 1 || 9
  const halted = actions.some((action) => action.do === 'halt' || action.do === 'withdraw')
  // What opens is looked at again once the halt is carried out.
  const left = halted ? actions.filter((action) => action.do !== 'open' && action.do !== 'pass') : actions
  return left.toSorted((a, b) => rank(a) - rank(b))
}

function initial({ rings }: FleetPolicy, { channels }: TreeView): { ring: string; set: SetName }[] {
  return rings.flatMap(({ name, channel }) => {
    const offer = channels.get(channel)
    return offer ? [{ ring: name, set: offer.set }] : []
  })
}

function startViews({ policy, tree }: World): RingView[] {
  return policy.rings.map((ring) => {
    const offer = tree.channels.get(ring.channel)
    return {
      ...nothingYet(ring),
      state: offer ? 'passed' : 'idle',
      set: offer?.set ?? null,
      statement: offer?.statement ?? null,
    }
  })
}

/** What the newest reports say against sets of the fleet and is not written down yet. */
function newEvidence({ hosts, known }: World, sight: HostSight): HostEvidence[] {
  return hosts.flatMap((host) => {
    const found = evidenceOf(host, sight)
    if (found === null) return []
    const facts = known.sets.get(found.set)
    // A set that this fleet never gave to that ring came from elsewhere and is not ours to judge.
    const stand = facts?.rings.get(found.ring)
    if (!stand?.opened && !stand?.passed) return []
    const there = facts?.evidence.some(
      (one) => one.host === found.host && one.ring === found.ring && one.outcome === found.outcome,
    )
    return there ? [] : [found]
  })
}

/** Barred sets that some ring still offers though it has another, or whose statement does not name them. */
function toWithdraw(barred: readonly SetName[], world: World, sight: HostSight): SetName[] {
  const { policy, tree } = world
  return barred.filter(
    (set) =>
      sight.published.has(set) &&
      policy.rings.some(({ name, channel }) => {
        const offer = tree.channels.get(channel)
        if (offer === undefined) return false
        // A ring that never passed another set has nothing to go back to and stays where it is.
        return offer.set === set
          ? setBefore(name, barred, world, sight) !== null
          : !offer.withdrawn.includes(set)
      }),
  )
}

/** Every set of the fleet as it stands, newest first. */
function setViews(world: World): FleetSet[] {
  const { policy, known, tree } = world
  const sight = sightOf(world)
  const named = new Set<SetName>(tree.intake)
  for (const { channel } of policy.rings) {
    const offer = tree.channels.get(channel)
    if (offer) named.add(offer.set)
  }
  for (const [set, { barred, rings }] of known.sets) {
    if (barred || (rings.size > 0 && sight.published.has(set))) named.add(set)
  }
  return [...named]
    .toSorted((a, b) => sight.compare(b, a))
    .map((set) => {
      const rings = policy.rings.filter(({ channel }) => tree.channels.get(channel)?.set === set)
      return { set, state: stateOf(set, rings.length, world, sight), rings: rings.map(({ name }) => name) }
    })
}

function stateOf(set: SetName, offering: number, { policy, known, tree }: World, sight: HostSight): SetState {
  const facts = known.sets.get(set)
  if (facts?.barred) return facts.barred.how
  const passed = policy.rings.filter(({ name }) => facts?.rings.get(name)?.passed).length
  if (policy.rings.length > 0 && passed === policy.rings.length) return 'complete'
  if (offering > 0) return 'rolling'
  const reached = policy.rings.some(({ name }) => facts?.rings.get(name)?.opened)
  const open = policy.rings.some(({ name, channel }, index) => {
    const offer = tree.channels.get(channel)
    const stand = facts?.rings.get(name)
    const before = policy.rings[index - 1]
    const fed = before === undefined ? tree.intake.includes(set) : facts?.rings.get(before.name)?.passed
    return fed && !stand?.passed && (offer === undefined || sight.compare(set, offer.set) > 0)
  })
  if (!open) return 'superseded'
  return reached ? 'rolling' : 'published'
}

function endings(views: readonly FleetSet[], known: Known): Action[] {
  return views.flatMap(({ set, state }): Action[] => {
    const facts = known.sets.get(set)
    if (facts?.ended) return []
    // A set that was there before the fleet had nothing rolled out.
    const rolled = [...(facts?.rings.values() ?? [])].some(({ opened }) => opened !== null)
    if (state === 'complete' && rolled) return [{ do: 'complete', set }]
    if (state === 'superseded' && rolled) return [{ do: 'supersede', set }]
    return []
  })
}
