import type { Below, Nested } from './nested.ts'
import type { fleetOptions, freezeOptions, ringOptions, windowOptions } from './options/fleet.ts'
import type { Settings } from './options/option.ts'

/** One ring: a channel, the hosts that read it, and what they must show before the next ring opens. */
export interface RingPolicy extends Omit<Settings<typeof ringOptions>, 'channel'> {
  readonly channel: string
}

/** When a ring may take a new set: on these days, within these hours; a ring without windows may always. */
export type Window = Settings<typeof windowOptions>

/** Days, both included, in which no ring takes a new set. */
export type Freeze = Settings<typeof freezeOptions>

/** The keys of `fleet` in the file, those of hosts and those of the controller. */
type FleetKeys = Nested<Below<Settings<typeof fleetOptions>, 'fleet'>>

/** Keys of a host, of both, and those that are no policy. */
type NoPolicy = 'host' | 'report' | 'labels' | 'name' | 'bus' | 'reports' | 'state' | 'every'

/** How a fleet is rolled out: what the controller's keys of `fleet` say. */
export interface FleetPolicy extends Omit<FleetKeys, NoPolicy | 'rings' | 'windows' | 'freeze'> {
  readonly name: string
  /** In the order of the rollout. */
  readonly rings: readonly RingPolicy[]
  readonly windows: readonly Window[]
  readonly freeze: readonly Freeze[]
  /** IANA zone of windows and freezes; null for the machine's. */
  readonly timeZone: string | null
}

/** A name that can be one token of a subject, and a file name: fleets, hosts, rings. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text)
}

/** Whether a text is a day of the calendar, `YYYY-MM-DD`. */
export function isCalendarDay(text: string): boolean {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : null
  return day !== null && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** How the bus is reached. */
export type BusConfig = FleetKeys['bus']

/** The part of a fleet that this configuration is: a host of it, or its controller. */
export interface FleetConfig {
  readonly name: string
  /** Null with `bus: none`. */
  readonly bus: BusConfig | null
  /** Folder of reports as files; null with a bus. */
  readonly reports: string | null
  readonly host: {
    /** `auto`, or a name of its own. */
    readonly name: string
    /** Milliseconds between reports with nothing new. */
    readonly every: number
    readonly labels: Readonly<Record<string, string>>
  } | null
  readonly controller: {
    /** Null for the default place beside the tree. */
    readonly state: string | null
    /** Milliseconds between looks at folder and tree. */
    readonly every: number
    readonly policy: FleetPolicy
  } | null
}
