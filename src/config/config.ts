import type { JournalPolicy } from '../event/rotate-journal.ts'
import type { SinkConfig } from '../event/sink/sink-config.ts'
import type { Grade } from '../set-name.ts'
import type { FleetConfig } from './fleet.ts'
import type { Layout } from './layout.ts'
import type { SourceConfig } from './source-config.ts'

export type { Lineage } from './lineage.ts'
export type {
  ClamavConfig,
  CustomDatabase,
  IntelligentUpdaterConfig,
  InternalConfig,
  LiveUpdateConfig,
  RapidReleaseConfig,
  RulesConfig,
  SharedSepConfig,
  SourceConfig,
} from './source-config.ts'

/** One line of the schedule: days + first + every, or a cron expression. */
export interface ScheduleConfig {
  readonly source: string
  /** A channel of the internal server to mirror the source into; null to update. */
  readonly publish: string | null
  readonly days: readonly string[] | null
  readonly first: string | null
  /** Milliseconds. */
  readonly every: number | null
  readonly cron: string | null
  /** Milliseconds. */
  readonly jitter: number
}

export type ScannerConfig =
  | { readonly kind: 'direct' }
  | { readonly kind: 'csapi'; readonly path: string }
  | {
      readonly kind: 'clamd'
      readonly socket: string
      /** For loading a set. Milliseconds. */
      readonly timeout: number
      /** A sample that must be detected. */
      readonly canary: string | null
      /** Starts clamd anew; empty for none. */
      readonly restart: readonly string[]
      /** Its clamd.conf; null to look for it. */
      readonly conf: string | null
    }
  | { readonly kind: 'command'; readonly argv: readonly string[]; readonly timeout: number }

/** How a scanner is watched after it took a set. */
export interface ConfirmConfig {
  /** Milliseconds; 0 for not at all. */
  readonly window: number
  /** A program that tells whether it is well; empty for none. */
  readonly watch: readonly string[]
  /** A log whose detections are counted, and how many the window may bring. */
  readonly log: string | null
  readonly most: number
}

/** Everything that can be configured, checked and resolved; frozen. Paths are absolute, durations milliseconds. */
export interface Config {
  /** The file it came from, null when there is none. */
  readonly file: string | null
  /** The family it is the configuration of; `default` when it is flat. */
  readonly family: string
  /** Every family of the file with the root of its store; none when it is flat. */
  readonly families: ReadonlyMap<string, string>
  readonly store: {
    readonly root: string
    /** The folder that the stores of all families share; the root of the only one when the file is flat. */
    readonly shared: string
    /** How many sets stay on disk, the current one included. */
    readonly keep: number
    readonly layout: Layout
    /** Group that may read the sets: a name or number; null leaves it alone. */
    readonly group: string | null
    /** Bytes that must stay free on the disk of the store. */
    readonly reserve: number
  }
  readonly product: { readonly name: string; readonly version: string }
  readonly trust: {
    /** PEM files. */
    readonly anchors: readonly string[]
    readonly tufRoot: string | null
    readonly allowSha1: boolean
    /** Whether a chain that ends in a pinned anchor may be past its dates. */
    readonly expired: 'accept' | 'refuse'
  }
  readonly default: string | null
  readonly fallback: readonly string[]
  readonly sources: ReadonlyMap<string, SourceConfig>
  /** Names of the sources whose packs become one set; empty where a set comes from one source. */
  readonly parts: readonly string[]
  readonly schedule: readonly ScheduleConfig[]
  /** Whether nobody wrote a schedule, and `schedule` is the daily update of the default source. */
  readonly scheduleIsDefault: boolean
  /** Whether the file says `schedule: []`: nothing is updated by schedule. */
  readonly scheduleOff: boolean
  /** IANA name that `schedule` is read by; null for the zone of the machine. */
  readonly timeZone: string | null
  readonly scanner: ScannerConfig
  /** What a set is judged by before it becomes current. */
  readonly gate: {
    /** `auto`: clamscan with a clamd behind it, where it is installed. */
    readonly engine: 'auto' | 'clamscan' | 'none'
    /** Null for the one on the PATH. */
    readonly program: string | null
    /** Files and folders that must be detected, or must not. */
    readonly detect: readonly string[]
    readonly eicar: boolean
    readonly clean: readonly string[]
    /** Of each program. Milliseconds. */
    readonly timeout: number
    /** Of the engine; 0 for no bound. Bytes. */
    readonly memory: number
    readonly command: readonly string[]
    readonly size: {
      /** Percent that may be missing; 0 for no bound. */
      readonly shrink: Readonly<Record<Grade, number>>
      /** How many times as much it may be; 0 for no bound. */
      readonly growth: Readonly<Record<Grade, number>>
      /** Growth is judged above this only. Bytes. */
      readonly growthFrom: number
    }
  }
  readonly confirm: ConfirmConfig
  /** How long the scanner may be away before that changes the verdict. Milliseconds. */
  readonly grace: number
  readonly maxAge: number
  readonly licence: {
    readonly file: string | null
    readonly required: boolean
    readonly product: string | null
  }
  /** What this node is in a cluster. */
  readonly role: {
    readonly is: 'active' | 'passive'
    /** Asked instead when it names a program. */
    readonly command: readonly string[]
  }
  /** Whether sources are reached while passive. */
  readonly managementAddress: boolean
  readonly retry: { readonly every: number; readonly for: number }
  readonly metrics: { readonly textfile: string | null }
  readonly daemon: { readonly listen: string | null }
  /** Null without a console. */
  readonly console: {
    readonly host: string
    readonly port: number
    /** The file of its users. */
    readonly users: string
    /** Milliseconds without anything done, and in all. */
    readonly idle: number
    readonly sessions: number
    /** PEM files; both or none. */
    readonly certificate: string | null
    readonly key: string | null
    /** Further names it is reached by, in lower case. */
    readonly names: readonly string[]
    readonly tokens: string | null
  } | null
  readonly events: {
    readonly sourceName: string
    /** Milliseconds between two events 404. */
    readonly outdatedEvery: number
    readonly journal: JournalPolicy
    readonly sinks: readonly SinkConfig[]
  }
  readonly network: {
    readonly proxy: string | null
    readonly proxyUsername: string | null
    readonly proxyPassword: string | null
    readonly noProxy: readonly string[]
    /** PEM file of authorities for HTTPS and FTPS; null for the system's and those of Node.js. */
    readonly authorities: string | null
    readonly connectTimeout: number
    readonly stallTimeout: number
    /** Least mean bytes a second. */
    readonly throughput: number
    /** One whole run. */
    readonly deadline: number
    /** Tries of one transfer at one place. */
    readonly tries: number
    readonly userAgent: string
  }
  /** Making the tree of the internal server. */
  readonly publish: {
    readonly root: string | null
    readonly keys: string | null
    readonly passphraseFile: string | null
    readonly product: string
    readonly version: string
    readonly language: string
    readonly keep: number
    /** Milliseconds; null for never. */
    readonly soak: number | null
    readonly incremental: number
    /** Milliseconds. */
    readonly life: number
  }
  /** The fleet this machine is of, as a host or as its controller. */
  readonly fleet: FleetConfig | null
  /** Serving that tree. */
  readonly serve: {
    readonly host: string
    readonly port: number
    /** PEM files; both or none. */
    readonly certificate: string | null
    readonly key: string | null
    readonly tokens: string | null
    readonly connections: number
    /** Requests a minute by one address; 0 is without limit. */
    readonly rate: number
  }
  readonly limits: {
    /** Bytes. */
    readonly package: number
    readonly unpacked: number
    readonly entries: number
    readonly ratio: number
  }
}
