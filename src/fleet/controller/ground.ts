import type { FleetPolicy } from '../../config/fleet.ts'
import type { SetName } from '../../set-name.ts'
import type { FleetCard } from '../../source/liveupdate/fleet-card.ts'
import type { ReportFeed } from '../bus/feed.ts'
import type { FactDisk, FactPaths } from '../fact-file.ts'
import type { TreeView } from '../world.ts'

/** What the controller knows of the tree, read from what is signed there. */
export interface SignedTree {
  readonly view: TreeView
  /** Null when the tree has no card of this fleet. */
  readonly card: FleetCard | null
  /** Whether hosts can see it yet: what the delegated role picked is theirs once the snapshot names it. */
  readonly visible: boolean
  /** The newest signed timestamp, as it lies in the tree. */
  readonly timestamp: { readonly version: number; readonly text: string }
  /** Until when hosts believe what is signed. */
  readonly until: Date
}

/** A ring that was taken back, or whose statement names more sets as withdrawn. */
export interface Moved {
  readonly channel: string
  readonly from: SetName
  readonly to: SetName
  readonly statement: number
}

/** The tree as the controller moves it. Every change is one new signed statement; doing it twice changes nothing. */
export interface RolloutTree {
  /** @throws TRUST_* when it does not prove itself, STORE_* when it cannot be read */
  readonly read: () => Promise<SignedTree>
  /** Makes a channel offer a set. @returns the number of the statement; PUBLISH_*, KEYS_*, STORE_* are thrown */
  readonly open: (channel: string, set: SetName, reason: string) => Promise<number>
  /**
   * Names sets as withdrawn in every channel, and takes those channels back that offer one of them.
   * @param back where each of these channels goes
   */
  readonly withdraw: (
    sets: readonly SetName[],
    channels: readonly string[],
    back: ReadonlyMap<string, SetName>,
    reason: string,
  ) => Promise<readonly Moved[]>
  /** Replaces the card. */
  readonly putCard: (card: FleetCard) => Promise<void>
  /** Signs anew what is about to end; nothing happens while it is good for long. */
  readonly renew: (until: Date) => Promise<void>
  /** Says which sets a ring may go back to: they are not purged. */
  readonly keep: (sets: readonly SetName[]) => Promise<void>
}

/** Names of the events that the controller tells. */
export type FleetEventName =
  | 'rollout.started'
  | 'ring.opened'
  | 'ring.passed'
  | 'rollout.complete'
  | 'rollout.halted'
  | 'rollout.waiting'
  | 'rollout.withdrawn'
  | 'rollout.superseded'
  | 'host.lost'
  | 'report.forged'
  | 'bus.away'
  | 'bus.back'
  | 'host.silent'
  | 'ring.frozen'

/** What is said with an event. */
export interface FleetEventFacts {
  readonly set?: SetName
  readonly ring?: string
  readonly host?: string
  readonly reason?: string
  readonly user?: string
  readonly count?: number
}

/** An event that was told before. */
export interface ToldEvent extends FleetEventFacts {
  readonly name: string
  readonly time: string
}

/** Files of the controller. */
export interface ControllerPaths extends FactPaths {
  readonly folder: string
  readonly hosts: string
  readonly heard: string
  readonly record: string
  readonly ages: string
}

/** All that the controller stands on; time, disk and tree are handed to it. */
export interface Ground {
  readonly policy: FleetPolicy
  readonly paths: ControllerPaths
  readonly disk: FactDisk
  readonly tree: RolloutTree
  readonly feed: ReportFeed
  readonly now: () => Date
  /** Does work as the only writer of the controller's folder. */
  readonly locked: <T>(work: () => Promise<T>) => Promise<T>
  readonly tell: (name: FleetEventName, facts: FleetEventFacts) => void
  /** Events told at this moment or later, newest first. */
  readonly told: (since: Date) => Promise<readonly ToldEvent[]>
  readonly note: (text: string) => void
}
