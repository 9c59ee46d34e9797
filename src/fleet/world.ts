import type { FleetPolicy, RingPolicy } from '../config/fleet.ts'
import { compareStanding, type SetName, type Standing } from '../set-name.ts'
import type { HostEvidence, Known, PassCounts, Waits } from './facts.ts'
import type { HostSight, Judgement } from './judge.ts'
import type { Host } from './roster.ts'

/** What one channel offers, read from the signed tree. */
export interface ChannelOffer {
  readonly set: SetName
  readonly statement: number
  readonly withdrawn: readonly SetName[]
}

/** The tree as far as the train needs it. */
export interface TreeView {
  readonly channels: ReadonlyMap<string, ChannelOffer>
  /** What the intake has offered, newest statement first. */
  readonly intake: readonly SetName[]
  /** Every published set. */
  readonly releases: readonly Standing[]
  /** Whether hosts still believe what is signed. */
  readonly fresh: boolean
}

/** What is known of a tree that cannot be read. */
export const emptyTree: TreeView = { channels: new Map(), intake: [], releases: [], fresh: false }

export type RingState =
  | 'idle'
  | 'opening'
  | 'judging'
  | 'soaking'
  | 'waiting'
  | 'passed'
  | 'halted'
  | 'paused'
  | 'frozen'

/** A ring as it stands. Moments are milliseconds. */
export interface RingView {
  readonly ring: RingPolicy
  readonly state: RingState
  readonly waits: Waits | null
  readonly reason: string | null
  readonly set: SetName | null
  readonly statement: number | null
  readonly since: number | null
  readonly soakEnds: number | null
  /** The set that it takes next. */
  readonly next: SetName | null
  readonly judgement: Judgement | null
  readonly late: boolean
}

export type SetState = 'published' | 'rolling' | 'complete' | 'halted' | 'withdrawn' | 'superseded'

/** A set as it stands. */
export interface FleetSet {
  readonly set: SetName
  readonly state: SetState
  /** Rings that offer it. */
  readonly rings: readonly string[]
}

/** What is to be done. Each is written down before it is done, and doing it twice changes nothing. */
export type Action =
  | { readonly do: 'start'; readonly rings: readonly { readonly ring: string; readonly set: SetName }[] }
  | { readonly do: 'note-opened'; readonly ring: string; readonly set: SetName }
  | { readonly do: 'evidence'; readonly evidence: readonly HostEvidence[] }
  | {
      readonly do: 'halt'
      readonly set: SetName
      readonly ring: string
      readonly reason: string
      readonly evidence: readonly HostEvidence[]
    }
  | { readonly do: 'withdraw'; readonly sets: readonly SetName[] }
  | { readonly do: 'open'; readonly ring: string; readonly set: SetName; readonly known: boolean }
  | {
      readonly do: 'pass'
      readonly ring: string
      readonly set: SetName
      readonly by: string
      readonly counts: PassCounts
    }
  | {
      readonly do: 'wait'
      readonly ring: string
      readonly set: SetName
      readonly waits: Waits
      readonly reason: string
    }
  | { readonly do: 'freeze'; readonly ring: string; readonly set: SetName; readonly reason: string }
  | { readonly do: 'complete' | 'supersede'; readonly set: SetName }

/** Everything a decision rests on. */
export interface World {
  readonly policy: FleetPolicy
  readonly known: Known
  readonly tree: TreeView
  readonly hosts: readonly Host[]
  readonly now: Date
}

/** How hosts are looked at. */
export function sightOf({ policy, tree, now }: Pick<World, 'policy' | 'tree' | 'now'>): HostSight {
  const standing = new Map(tree.releases.map((one) => [one.set, one] as const))
  const of = (set: SetName): Standing => standing.get(set) ?? { set, sequence: null }
  return {
    now: now.getTime(),
    lostAfter: policy.lostAfter,
    published: new Set(standing.keys()),
    compare: (a, b) => compareStanding(of(a), of(b)),
  }
}

/** The set that a ring goes back to from a barred one: the newest that passed there and is not barred. */
export function setBefore(
  ring: string,
  leaving: readonly SetName[],
  { known }: Pick<World, 'known'>,
  sight: HostSight,
): SetName | null {
  const fit = [...known.sets].flatMap(([set, { rings, barred }]) => {
    const usable = !barred && !leaving.includes(set) && sight.published.has(set)
    return usable && rings.get(ring)?.passed ? [set] : []
  })
  return newestOf(fit, sight)
}

/** The newest of some sets; null when there is none. */
export function newestOf(sets: readonly SetName[], sight: HostSight): SetName | null {
  return sets.toSorted((a, b) => sight.compare(b, a))[0] ?? null
}

/** Whether the newest set of the intake was halted. */
export function isNewestHalted(world: World): boolean {
  const newest = newestOf(world.tree.intake, sightOf(world))
  return newest !== null && world.known.sets.get(newest)?.barred?.how === 'halted'
}
