import type { JournalPolicy } from '../event/rotate-journal.ts'
import type { SinkConfig } from '../event/sink/sink-config.ts'
import type { Layout } from '../layout.ts'
import type { Grade } from '../set-id.ts'

interface SourceCommon {
  readonly name: string
  /** FTP or HTTP login; the password comes from a file or a variable, or from the address. */
  readonly username: string | null
  readonly password: string | null
  readonly tls: 'none' | 'explicit' | 'implicit' | null
}

/** Product, version and language name an index, as in `smsmse$20virus$20definitions_6.5_symalllanguages`. */
interface ProductNamed {
  readonly product: string
  readonly version: string
  readonly language: string
}

export interface LiveUpdateConfig extends SourceCommon, ProductNamed {
  readonly kind: 'liveupdate'
  /** In the order in which they are asked. */
  readonly hosts: readonly string[]
}

export interface InternalConfig extends SourceCommon, ProductNamed {
  readonly kind: 'internal'
  readonly hosts: readonly string[]
  readonly channel: string
}

export interface RapidReleaseConfig extends SourceCommon {
  readonly kind: 'rapid-release'
  /** The folder that holds the static names and `sequence/`; several are tried in order. */
  readonly urls: readonly string[]
  readonly platform: string
}

export interface SharedSepConfig extends SourceCommon {
  readonly kind: 'shared-sep'
  readonly path: string
  readonly sepVersion: string
  readonly bits: 32 | 64
  readonly sharing64: boolean
  readonly register: boolean
}

export interface IntelligentUpdaterConfig extends SourceCommon {
  readonly kind: 'intelligent-updater'
  readonly urls: readonly string[]
  /** A file or drop folder, instead of addresses. */
  readonly path: string | null
  readonly platform: string
  /** The third-party-content switch: a drop folder is read only when this is on. */
  readonly thirdPartyContent: boolean
}

export interface RulesConfig extends SourceCommon {
  readonly kind: 'rules'
  /** Full addresses of the same pack, in the order in which they are asked. */
  readonly urls: readonly string[]
  /** `<pack>.md5` beside it: against damage on the way, no proof of origin. */
  readonly md5: boolean
  /** Take a pack in whose origin nothing proves. */
  readonly allowUnsigned: boolean
  /** A minisign public key, or the path of a file of such; the signature is `<pack>.minisig`. */
  readonly minisign: string | null
  /** `<pack>.p7s` or `<pack>.sig`, by `trust.anchors`. */
  readonly pkcs7: boolean
  /** Pinned: the one pack that is taken, lower-case hexadecimal. */
  readonly sha256: string | null
  /** What is signed is `<pack>.sha256`. */
  readonly signedDigest: boolean
  /** Patterns of the files that hold rules. */
  readonly rules: readonly string[]
  readonly style: 'auto' | 'suricata' | 'yara' | 'lines'
  /** Least number of active rules. */
  readonly least: number
  /** What dates a set; null for the first of these that tells. */
  readonly version: 'signature' | 'modified' | 'members' | 'fetched' | null
}

/** An unsigned database of a ClamAV mirror: local rules, or those of a third party. */
export interface CustomDatabase {
  /** Its file, in the mirror and in the set. */
  readonly file: string
  /** Where it lies when that is not the mirror. */
  readonly url: string | null
  /** What it must hash to, lower-case hexadecimal; null with `allowUnsigned` only. */
  readonly sha256: string | null
}

export interface ClamavConfig extends SourceCommon {
  readonly kind: 'clamav'
  /** Mirrors, in the order in which they are asked; may be empty when `freshclamConf` names some. */
  readonly hosts: readonly string[]
  /** Names of signed databases, as `daily`; null for the usual three. */
  readonly databases: readonly string[] | null
  readonly custom: readonly CustomDatabase[]
  /** Whether custom databases without a pinned digest are taken. */
  readonly allowUnsigned: boolean
  /** Name of the TXT record that tells the versions; null when DNS is not asked. */
  readonly dns: string | null
  /** `address` or `address:port` of the name server; null for those of the system. */
  readonly resolver: string | null
  /** Whether a file without `.sign` is refused, or accepted on ClamAV's built-in keys. */
  readonly sign: 'require' | 'prefer'
  /** PEM files or folders of the roots for `.sign`; null for the usual place. */
  readonly certificates: readonly string[] | null
  /** Whether patches are tried before whole databases. */
  readonly patches: boolean
  readonly freshclamConf: string | null
}

/** One configured source. */
export type SourceConfig =
  | ClamavConfig
  | LiveUpdateConfig
  | InternalConfig
  | RapidReleaseConfig
  | SharedSepConfig
  | IntelligentUpdaterConfig
  | RulesConfig

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
  | { readonly kind: 'clamd'; readonly socket: string }
  | { readonly kind: 'command'; readonly argv: readonly string[]; readonly timeout: number }

/** Everything that can be configured, checked and resolved; frozen. Paths are absolute, durations milliseconds. */
export interface Config {
  /** The file it came from, null when there is none. */
  readonly file: string | null
  readonly store: {
    readonly root: string
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
  readonly schedule: readonly ScheduleConfig[]
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
    /** PEM file of authorities for HTTPS and FTPS; null for the system's. */
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
