import type { Grade, SetName } from '../set-name.ts'
import type { Why } from '../source/liveupdate/fleet-card.ts'
import type { HostEvidence } from './facts.ts'
import type { HostState } from './judge.ts'
import type { HostCandidate } from './report.ts'
import type { FleetSet, RingView } from './world.ts'

/** The state of a fleet as a whole, gravest first. `blind`: bus, reports or tree cannot be read. */
export type FleetState = 'blind' | 'halted' | 'frozen' | 'paused' | 'waiting' | 'rolling' | 'steady'

/** What `fleet status` prints; shapes are fixed for scripts and pages. Durations are milliseconds. */
export interface FleetStatus {
  readonly fleet: string
  readonly asOf: string
  readonly state: FleetState
  readonly card: { readonly number: number; readonly inTree: boolean; readonly onBus: boolean | null }
  readonly controller: {
    readonly running: boolean
    readonly pid: number | null
    readonly since: string | null
  }
  readonly bus: { readonly kind: string; readonly state: string; readonly since: string | null }
  readonly hosts: number
  readonly awake: number
  readonly rings: readonly RingStatus[]
  readonly sets: readonly FleetSet[]
  readonly barred: readonly BarredStatus[]
}

/** One ring of it. */
export interface RingStatus {
  readonly name: string
  readonly channel: string
  readonly state: RingView['state']
  readonly waits: RingView['waits']
  readonly reason: string | null
  readonly set: SetName | null
  readonly statement: number | null
  readonly since: string | null
  readonly soakEnds: string | null
  readonly next: SetName | null
  readonly hosts: number
  readonly awake: number
  readonly counts: Readonly<Record<HostState, number>> | Readonly<Record<string, never>>
  readonly good: number
  readonly failures: number
  readonly troubles: number
  readonly minimum: number
  /** Percent. */
  readonly coverage: number
  readonly ageSeconds: number | null
  readonly maxAge: number
  readonly late: boolean
}

/** A set that was halted or withdrawn. */
export interface BarredStatus {
  readonly set: SetName
  readonly reason: string
  readonly since: string
  readonly by: string
}

/** A host, as `fleet hosts` lists it. */
export interface HostStatus {
  readonly host: string
  readonly key: string | null
  readonly ring: string | null
  readonly why: Why | null
  readonly state: HostState
  readonly set: SetName | null
  readonly previous: SetName | null
  readonly candidate: HostCandidate | null
  readonly seq: number | null
  /** By the controller's clock. */
  readonly reportedAt: string | null
  /** Of the set that is current there. */
  readonly ageSeconds: number | null
  readonly reason: string | null
  readonly held: boolean
  readonly conflict: boolean
  readonly labels: Readonly<Record<string, string>>
}

/** What one set has been through, as `fleet show` prints it. */
export interface SetStatus {
  readonly set: SetName
  readonly state: FleetSet['state']
  readonly grade: Grade
  readonly publishedAt: string
  readonly publishedBy: string | null
  readonly rings: readonly {
    readonly ring: string
    readonly state: string
    readonly openedAt: string | null
    readonly passedAt: string | null
    readonly haltedAt: string | null
    readonly by: string | null
  }[]
  readonly approvals: readonly {
    readonly ring: string
    readonly who: string
    readonly at: string
    readonly reason: string | null
  }[]
  readonly barred: Omit<BarredStatus, 'set'> | null
  readonly evidence: readonly (Pick<
    HostEvidence,
    'host' | 'ring' | 'class' | 'outcome' | 'exitCode' | 'error'
  > & {
    readonly at: string
  })[]
  readonly hosts: readonly string[]
}
