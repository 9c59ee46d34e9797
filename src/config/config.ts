import type { SinkConfig } from '../event/sink/sink-config.ts'
import type { FleetConfig } from './fleet.ts'
import type { Layout } from './layout.ts'
import type { Below, Nested } from './nested.ts'
import type { MainSettings } from './options/main.ts'
import type { Settings } from './options/option.ts'
import type { scheduleOptions } from './options/publish.ts'
import type { scannerOptions } from './options/scanner.ts'
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

/** The option table as the tables of the file: what a row says of a key is said there and nowhere else. */
type Tables = Nested<MainSettings>

/** One line of the schedule: days + first + every, or a cron expression. */
export type ScheduleConfig = Settings<typeof scheduleOptions>

/** The kinds of scanner, as `scanner.kind` names them. */
export type ScannerKind = MainSettings['scanner.kind']

type ScannerRows = typeof scannerOptions

/** The kinds that a key of `scanner` has a meaning with; `any` for all of them. */
type KindsOf<Row> = Row extends { only: readonly (infer Kind)[] } ? Kind : 'any'

/** The keys of `scanner` that have a meaning with one kind alone, or with `any`. */
export type ScannerKeys<Kind> = Nested<
  Below<
    {
      readonly [Path in keyof ScannerRows as Kind extends KindsOf<ScannerRows[Path]>
        ? Path
        : never]: MainSettings[Path]
    },
    'scanner'
  >
>

type Sure<Keys, Known> = Omit<Keys, keyof Known> & Known

/** Who uses the definitions: by kind, the keys that have a meaning with it. */
export type ScannerConfig =
  | { readonly kind: 'direct' }
  | ({ readonly kind: 'csapi' } & Sure<ScannerKeys<'csapi'>, { readonly path: string }>)
  | ({ readonly kind: 'clamd' } & Sure<
      ScannerKeys<'clamd'>,
      {
        readonly socket: string
        /** For loading a set. Milliseconds. */
        readonly timeout: number
      }
    >)
  | ({ readonly kind: 'suricata' } & Sure<
      ScannerKeys<'suricata'>,
      { readonly socket: string; readonly timeout: number }
    >)
  | ({ readonly kind: 'command' } & Sure<ScannerKeys<'command'>, { readonly timeout: number }>)

/**
 * Everything that can be configured, checked and resolved; frozen. Paths are absolute, durations milliseconds, sizes
 * bytes. It has the tables and keys of the file, by the option table; what is told apart here is more than a value.
 */
export interface Config
  extends Omit<Tables, 'store' | 'scanner' | 'console' | 'fleet' | 'network' | 'events' | 'default'> {
  /** The file it came from, null when there is none. */
  readonly file: string | null
  /** The family it is the configuration of; `default` when it is flat. */
  readonly family: string
  /** Every family of the file with the root of its store; none when it is flat. */
  readonly families: ReadonlyMap<string, string>
  readonly store: Omit<Tables['store'], 'layout'> & {
    /** The path table that is written, see {@link layoutInForce}. */
    readonly layout: Layout
    /** The folder that the stores of all families share; the root of the only one when the file is flat. */
    readonly shared: string
  }
  /** With a single source there is nothing to choose. */
  readonly default: string | null
  readonly sources: ReadonlyMap<string, SourceConfig>
  readonly schedule: readonly ScheduleConfig[]
  /** The lines that are kept with `enabled: false`. */
  readonly scheduleDisabled: readonly ScheduleConfig[]
  /** Whether nobody wrote a schedule, and `schedule` is the daily update of the default source. */
  readonly scheduleIsDefault: boolean
  /** Whether the file says `schedule: []` or has disabled lines only: nothing is updated by schedule. */
  readonly scheduleOff: boolean
  /** The scanner, and how it is watched after it took a set. */
  readonly scanner: ScannerConfig & Omit<ScannerKeys<'any'>, 'kind'>
  /** Null without a console. */
  readonly console:
    | (Omit<Tables['console'], 'listen'> & {
        readonly host: string
        readonly port: number
        /** The file of its users. */
        readonly users: string
      })
    | null
  readonly events: Omit<Tables['events'], 'sinks'> & { readonly sinks: readonly SinkConfig[] }
  /** The proxy without its login, and that login. */
  readonly network: Omit<Tables['network'], 'proxy'> & {
    readonly proxy: string | null
    readonly proxyPassword: string | null
  }
  /** The fleet this machine is of, as a host or as its controller. */
  readonly fleet: FleetConfig | null
}
