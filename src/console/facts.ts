/** A JSON object as a command prints it. */
export type Json = Readonly<Record<string, unknown>>

/** What a command has to say with `--json`: pages are made of it, and the API passes it on as it is. */
export interface Answer {
  readonly exitCode: number
  /** The object as it is printed, its line end included. */
  readonly text: string
  readonly body: Json
}

/** What a report is asked for, as typed; null and empty for all. */
export interface ReportQuestion {
  readonly from: string | null
  readonly to: string | null
  readonly actions: readonly string[]
  readonly search: string | null
  /** Null for the only one, or all of them. */
  readonly family: string | null
}

/** A file to be saved. */
export interface SavedFile {
  readonly name: string
  readonly text: string
}

/** What is known of one host. Every function answers like the command of its name and never throws. */
export interface HostFacts {
  readonly status: () => Promise<Answer>
  readonly list: () => Promise<Answer>
  readonly show: (set: string, family: string | null) => Promise<Answer>
  readonly history: () => Promise<Answer>
  readonly report: (question: ReportQuestion) => Promise<Answer>
  readonly schedule: () => Promise<Answer>
  readonly sources: () => Promise<Answer>
  /** The sinks of events and how they do: `sinks: [{name, kind, level, waiting, failingSince}]`. */
  readonly sinks: () => Promise<Answer>
  /** What changed from one set to another, as `defs diff`; null where that is not to be had. */
  readonly diff: ((from: string, to: string, family: string | null) => Promise<Answer>) | null
  /** The file of `defs report --csv`; an answer when the question makes no sense. */
  readonly csv: (question: ReportQuestion) => Promise<SavedFile | Answer>
  /** Every action that a report knows. */
  readonly actions: readonly string[]
  /** From which age definitions count as stale. Milliseconds. */
  readonly maxAge: () => number
  /** Room on the disk of the store, in bytes; null when it cannot be told. */
  readonly disk: () => Promise<{ readonly free: number; readonly total: number } | null>
}

/** Which hosts of a fleet are asked for; empty for all. */
export interface HostsQuestion {
  readonly ring: string
  readonly state: string
  readonly search: string
}

/** Which ages of the hosts are asked for, as typed; null for seven days and every sample. */
export interface AgesQuestion {
  /** A moment. */
  readonly from: string | null
  /** A duration, for one sample of each. */
  readonly step: string | null
}

/** What is known of a fleet. Every function answers like the command of its name and never throws. */
export interface FleetFacts {
  readonly status: () => Promise<Answer>
  /** All hosts, as `defs fleet hosts` has them. */
  readonly hosts: () => Promise<Answer>
  readonly show: (set: string) => Promise<Answer>
  /** How old the definitions of the hosts of each ring are, and were over seven days. */
  readonly ages: (question: AgesQuestion) => Promise<Answer>
  /** Channels, releases, marks and the audit trail of the internal server. */
  readonly publish: () => Promise<Answer>
}

/** What can be done from the console. */
export const actionNames = [
  'update',
  'verify',
  'rollback',
  'hold',
  'unhold',
  'alert-test',
  'approve',
  'pause',
  'resume',
  'halt',
  'fleet-rollback',
] as const

/** One of {@link actionNames}. */
export type ActionName = (typeof actionNames)[number]

/** An action with all that was filled in; null and false where nothing was. */
export interface Order {
  readonly action: ActionName
  readonly set: string | null
  readonly ring: string | null
  /** Null where there is only one. */
  readonly family: string | null
  readonly until: string | null
  readonly reason: string | null
  readonly repair: boolean
  readonly user: string
}

/** A run that is going on. */
export interface Running {
  readonly command: string
  /** RFC 3339, UTC; null when it is not known. */
  readonly since: string | null
  /** Who asked for it; null for the schedule, a terminal, or another machine. */
  readonly user: string | null
}

/** The way to act. */
export interface Actions {
  /** Carries an order out to its end and answers like the command. Never throws. */
  readonly carryOut: (order: Order) => Promise<Answer>
  /** A run that somebody else has going on in the same store or fleet; null when it is free. */
  readonly atWork: () => Promise<Running | null>
}

/** What the console reports; numbers, levels and texts are in the catalogue of events. */
export interface ConsoleEventFacts {
  readonly user?: string
  /** The address that it came from. */
  readonly from?: string
  readonly reason?: string
  readonly set?: string
  readonly count?: number
  readonly message?: string
  readonly path?: string
}

/** The events of the console. */
export type ConsoleEventName =
  | 'console.login'
  | 'console.login-failed'
  | 'console.logout'
  | 'console.frequent-failures'
  | 'console.action'
  | 'console.denied'
  | 'console.certificate'
  | 'console.certificate-refused'

/** How the console is served; durations are milliseconds. */
export interface ConsoleSettings {
  readonly host: string
  readonly port: number
  /** The file of users. */
  readonly users: string
  /** Without a request that a person made. */
  readonly idle: number
  /** The longest that one login counts. */
  readonly sessions: number
  /** PEM files; both or none. */
  readonly certificate: string | null
  readonly key: string | null
  /** Further names it is reached by. */
  readonly names: readonly string[]
  /** A file of hashed tokens for the API; null for none. */
  readonly tokens: string | null
  /** Header in which a reverse proxy says who somebody is; null when none is believed. */
  readonly trustHeader: string | null
  /** Addresses and networks (`10.0.0.0/24`) that such a proxy has. */
  readonly trustFrom: readonly string[]
  /** Header in which it says the groups; null for none. */
  readonly trustGroups: string | null
  /** Groups that have a role; `*` is everybody the proxy lets in. */
  readonly trustViewers: readonly string[]
  readonly trustOperators: readonly string[]
  readonly trustApprovers: readonly string[]
}

/** All that a console is made of. */
export interface ConsoleParts {
  readonly settings: ConsoleSettings
  /** Shown in the head of every page. */
  readonly title: string
  readonly version: string
  readonly host: HostFacts | null
  readonly fleet: FleetFacts | null
  readonly actions: Actions
  /** The journal, whose events are shown as they come. */
  readonly journal: string
  /** The journals of further families, by their names. */
  readonly furtherJournals?: ReadonlyMap<string, string>
  /** Folder in which sessions and places in the journal are kept. */
  readonly state: string
  readonly tell: (name: ConsoleEventName, facts: ConsoleEventFacts) => void
  readonly now: () => Date
}
