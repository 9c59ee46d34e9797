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
  /** Milliseconds between two questions; 0 for whenever it is wanted. */
  readonly every: number
  /** The packs that are put together, for a source that stands for several. */
  readonly parts?: readonly RulesConfig[]
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
