import type { Settings } from './options/option.ts'
import type { SourceKind, sourceOptions } from './options/source.ts'

/** Keys that are read as addresses and logins, and stand in every source in the form that {@link Common} has. */
type ReadOtherwise = 'hosts' | 'url' | 'urls' | 'username' | 'tls' | 'passwordFile' | 'passwordVariable'

/** The keys of one kind, as the option table has them. */
type Own<Kind extends SourceKind> = Omit<Settings<(typeof sourceOptions)[Kind]>, ReadOtherwise>

interface Common {
  readonly name: string
  /** FTP or HTTP login; the password comes from a file or a variable, or from the address. */
  readonly username: string | null
  readonly password: string | null
  readonly passwordFile: string | null
  readonly passwordVariable: string | null
  readonly tls: 'none' | 'explicit' | 'implicit' | null
}

/** Product, version and language name an index, as in `smsmse$20virus$20definitions_6.5_symalllanguages`. */
export interface LiveUpdateConfig extends Common, Own<'liveupdate'> {
  readonly kind: 'liveupdate'
  /** In the order in which they are asked. */
  readonly hosts: readonly string[]
}

export interface InternalConfig extends Common, Own<'internal'> {
  readonly kind: 'internal'
  readonly hosts: readonly string[]
}

export interface RapidReleaseConfig extends Common, Own<'rapid-release'> {
  readonly kind: 'rapid-release'
  /** The folder that holds the static names and `sequence/`; several are tried in order. */
  readonly urls: readonly string[]
}

export interface SharedSepConfig extends Common, Omit<Own<'shared-sep'>, 'bits'> {
  readonly kind: 'shared-sep'
  readonly bits: 32 | 64
}

export interface IntelligentUpdaterConfig extends Common, Own<'intelligent-updater'> {
  readonly kind: 'intelligent-updater'
  /** Empty when `path` names a file or drop folder. */
  readonly urls: readonly string[]
}

export interface RulesConfig extends Common, Own<'rules'> {
  readonly kind: 'rules'
  /** Full addresses of the same pack, in the order in which they are asked. */
  readonly urls: readonly string[]
  /** The packs that are put together, for a source that stands for several. */
  readonly parts?: readonly RulesConfig[]
}

/** An unsigned database of a ClamAV mirror: local rules, or those of a third party. */
export interface CustomDatabase {
  /** Its file in the set. */
  readonly file: string
  /** Where it lies when that is not the mirror; a query goes with every request. */
  readonly url: string | null
  /** Milliseconds between two questions; 0 for whenever it is wanted. */
  readonly every: number
  /** What it must hash to, lower-case hexadecimal; null with `allowUnsigned` only. */
  readonly sha256: string | null
}

export interface ClamavConfig extends Common, Omit<Own<'clamav'>, 'custom'> {
  readonly kind: 'clamav'
  /** Mirrors, in the order in which they are asked; may be empty when `freshclamConf` names some. */
  readonly hosts: readonly string[]
  readonly custom: readonly CustomDatabase[]
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
