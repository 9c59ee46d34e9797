/** `YYYY-MM-DD`. */
export type FreezeDay = string

/** How many hosts something may concern: a number of hosts, or percent of the hosts that a ring has. */
export type Allowance = { readonly hosts: number } | { readonly percent: number }

/** One ring: a channel, the hosts that read it, and what they must show before the next ring opens. */
export interface RingPolicy {
  readonly name: string
  readonly channel: string
  /** Globs of host names; a host with `channel: auto` is in the first ring that names it. */
  readonly hosts: readonly string[]
  /** A host that has all of them is in this ring, when no glob of any ring names it. */
  readonly labels: Readonly<Record<string, string>>
  /** Part of the hosts that no rule above names, from 0 to 1; null when none of them comes here by chance. */
  readonly share: number | null
  /** More failures of class `set` than this halt the set everywhere. */
  readonly failures: Allowance
  /** More hosts in trouble of their own than this stop the ring from passing. */
  readonly troubles: Allowance
  /** Fewest hosts that must prove the set; null for five, or all of a smaller ring. */
  readonly minimum: number | null
  /** Percent of the hosts that are awake which must prove it. */
  readonly coverage: number
  /** How long the set is watched after the last report that was needed. Milliseconds. */
  readonly soak: number
  /** How long the ring may stay undecided before a person is asked. Milliseconds. */
  readonly patience: number
  /** Whether a scanner that can only be told, and cannot show a proof, counts as good. */
  readonly accept: 'proved' | 'told'
  /** Whether somebody must approve each set before this ring takes it. */
  readonly approve: boolean
  /** Age from which a set of this ring counts as late. Milliseconds. */
  readonly maxAge: number
}

/** When a ring may take a new set: on these days, within these hours; a ring without windows may always. */
export interface Window {
  readonly ring: string
  /** Three letters each, `mon` to `sun`; empty for every day. */
  readonly days: readonly string[]
  /** `HH:MM`. An end that is not after the beginning lies on the next day. */
  readonly from: string
  readonly to: string
}

/** Days, both included, in which no ring takes a new set. */
export interface Freeze {
  readonly from: FreezeDay
  readonly to: FreezeDay
  readonly reason: string
}

/** How a fleet is rolled out. */
export interface FleetPolicy {
  readonly name: string
  /** The channel that new sets are published to and no host reads. */
  readonly intake: string
  /** In the order of the rollout. */
  readonly rings: readonly RingPolicy[]
  /** A host that said it takes a set and then nothing for so long counts as lost. Milliseconds. */
  readonly lostAfter: number
  /** Hosts that are woken ask after a random part of this. Milliseconds. */
  readonly spread: number
  readonly windows: readonly Window[]
  readonly freeze: readonly Freeze[]
  /** Whether newer sets may still ride after a halt. */
  readonly onHalt: 'demote' | 'pause-all'
  readonly urgent: { readonly soak: number }
  /** IANA zone of windows and freezes; null for the machine's. */
  readonly timeZone: string | null
}

/** Reads `0`, `3` or `0.5%`; null for anything else. */
export function readAllowance(value: unknown): Allowance | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? { hosts: value } : null
  if (typeof value !== 'string') return null
  const [, number, sign] = /^(\d{1,9}(?:\.\d{1,4})?)(%?)$/.exec(value.trim()) ?? []
  if (number === undefined) return null
  if (sign === '%') return Number(number) <= 100 ? { percent: Number(number) } : null
  return Number.isSafeInteger(Number(number)) ? { hosts: Number(number) } : null
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
export interface BusConfig {
  /** `tls://host:port`, or `nats://host:port` in the clear. */
  readonly servers: readonly string[]
  /** Who this is; null where the server asks nobody. */
  readonly credentials: string | null
  /** PEM authorities of the servers; null for the system's. */
  readonly ca: string | null
}

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
