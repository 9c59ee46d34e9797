import type { RulesConfig } from '../config/config.ts'
import type { SourceKind } from '../config/options/source.ts'
import type { Context } from '../context.ts'
import type { Digest } from '../digest.ts'
import type { DefsError } from '../error.ts'
import type { Grade, Sequence, SetName } from '../set-name.ts'
import type { Opening, Remote, Transport } from '../transport/transport.ts'
import type { SignedArchive } from './signed-archive.ts'
import type { TufKeeper } from './tuf-metadata.ts'

/** A package on offer. */
export interface PackageFile {
  readonly name: string
  /** Its exact size in bytes when signed material or a listing states it, else null. */
  readonly bytes: number | null
  /** True when `bytes` comes from signed material: then any other size is a lie (FETCH_SIZE). */
  readonly exact: boolean
  /** What it must hash to; several may be stated, all are checked. */
  readonly digests: readonly Digest[]
  /** How often to fetch it anew when a digest differs; 1 is no repeat. */
  readonly digestTries: number
  /** Size of the set once unpacked, in bytes, when stated (`FullSize`). */
  readonly unpackedBytes: number | null
  /** The same file at several places, to be tried in this order. */
  readonly remotes: readonly Remote[]
  /** Tells whether this is what was fetched last time: address, size, time, ETag, MD5; null if unknown. */
  readonly fingerprint: string | null
  /**
   * Absolute path of a folder on this machine that is the package, to be copied as it lies; null for a file.
   * With a folder `bytes` is null, `digests` is empty and no remote can be opened.
   */
  readonly folder: string | null
}

/** A smaller way to the same set, for whoever has its base. */
export interface IncrementalOffer {
  /** The set the package starts from. */
  readonly base: SetName
  readonly package: PackageFile
}

/** An index as it was when it was read. */
export interface SeenIndex {
  readonly url: string
  /** As {@link Opening.validator}. */
  readonly validator: string
}

/** A signed statement of an internal server: which set a channel offers. */
export interface Statement {
  /** The channel; numbers of different ones cannot be compared. */
  readonly channel: string
  /** Rises with every statement. */
  readonly number: number
  /** True when clients are to go back to an older set. */
  readonly demoted: boolean
  /** Sets that nobody is to have any more: whoever has one goes to the set of this statement, and takes none again. */
  readonly withdrawn: readonly SetName[]
  /** Age from which a set of this channel counts as stale; null when the channel says nothing. Milliseconds. */
  readonly maxAge: number | null
}

/** A pack of rules: it is proved by small files that lie beside it. */
export interface RulesOffer {
  readonly kind: 'rules'
  /** What is to prove it, and what has to be in it. */
  readonly config: RulesConfig
  /**
   * Reads a file beside the pack, whose name has this behind it (`.minisig`); null when there is none.
   * @throws SOURCE_*, INDEX_TOO_LARGE, INDEX_HTML for a page for people
   */
  beside(suffix: string, signal: AbortSignal): Promise<Uint8Array | null>
}

/** One of several packs that become one set. */
export interface PackPart {
  readonly config: RulesConfig
  /** What it offers; null when it could not be asked, or is left alone for a while. */
  readonly offer: Offer | null
  /** Why it could not be asked; null when it was, or is left alone because of its `every`. */
  readonly failure: DefsError | null
  /** Until when it is left alone because of its `every`; null when it is not. */
  readonly resting: Date | null
  /** Asks it again, hosts that were left passed over. */
  readonly again: (left: readonly FailedHost[]) => Promise<Offer | NothingOffered>
  readonly alternatives: number
}

/** Several packs that become one set. */
export interface PartsOffer {
  readonly kind: 'parts'
  readonly parts: readonly PackPart[]
}

/** Sets without `v.grd` and `v.sig`, by the means they are proved with. */
export type Unguarded = ClamavOffer | RulesOffer | PartsOffer

/** What a source has to give. */
export interface Offer {
  /** The configured name of the source. */
  readonly source: string
  readonly kind: SourceKind
  /** Null when only the opened package can tell (a static name without a date). */
  readonly set: SetName | null
  readonly sequence: Sequence | null
  readonly grade: Grade
  /** What an internal server says of its channel in its signed index. */
  readonly statement?: Statement
  /** Where the channel was chosen by the card of a fleet. */
  readonly ring?: OfferedRing
  readonly package: PackageFile
  /** Incremental packages that lead to `set`; the full one always works too. Empty where a kind has none. */
  readonly incremental: readonly IncrementalOffer[]
  /** Who signed the index that made this offer; null when there is no signed index. */
  readonly indexSignedBy: string | null
  /** What the set is proved by when it carries no guard of its own; it is sealed with ours then. */
  readonly unguarded?: Unguarded
  /** The operator wants other parts than the current set has: their numbers cannot be compared. */
  readonly reshaped?: boolean
  /** The index that made this offer, when its server can be asked whether it still has the same. */
  readonly index?: SeenIndex
  /** Hosts that were asked before this one, and why each was left. */
  readonly failedHosts: readonly FailedHost[]
}

export interface FailedHost {
  readonly url: string
  readonly error: Error
}

/** An answered question without an offer: a result, not an error. */
export interface NothingOffered {
  readonly source: string
  readonly nothing: true
  /** For people: "nothing published yet today". */
  readonly reason: string
  /** The host that said so. */
  readonly url?: string
  readonly failedHosts: readonly FailedHost[]
}

/** Until when each host wants to be left alone, by {@link Transport.url}; kept across runs. */
export type CoolDowns = ReadonlyMap<string, Date>

/** A host of a fleet, as the card of the fleet chooses by. */
export interface FleetMember {
  readonly fleet: string
  readonly host: string
  readonly labels: Readonly<Record<string, string>>
}

/** The ring whose channel was asked, by the signed card of the fleet. */
export interface OfferedRing {
  readonly name: string
  readonly channel: string
  readonly why: 'configured' | 'glob' | 'label' | 'share'
  /** Number of the card. */
  readonly card: number
  /** Within how many seconds hosts ask that were woken. */
  readonly spread: number
}

/** What is remembered of an unsigned database that was asked about. */
export interface AskedPart {
  readonly at: Date
  /** As `Opening.validator`. */
  readonly validator: string | null
  /** SHA-256 of what that stands for, lower-case hexadecimal; null while that was not brought. */
  readonly sha256: string | null
}

/** What a source is given when it is asked. */
export interface SourceQuery {
  readonly context: Context
  /** Ends the query: an interrupted run or its deadline. */
  readonly signal: AbortSignal
  /** When the time of the query is over; null or absent for no end. */
  readonly deadline?: Date | null
  readonly coolDowns: CoolDowns
  /** When each unsigned database was asked about last, by its file; what its state was known by; what that brought. */
  readonly asked?: ReadonlyMap<string, AskedPart>
  /** Addresses whose bytes were refused in this run: what they belong to is passed over. */
  readonly left?: readonly FailedHost[]
  /** Opens and authenticates a signed archive held in memory. @throws ARCHIVE_*, TRUST_* */
  readonly openSigned: (archive: Uint8Array, name: string) => Promise<SignedArchive>
  /** The current set as it lies on disk: it steers what is asked for, and is no proof of anything. */
  readonly installed?: { readonly set: SetName; readonly directory: string } | null
  /** Who this machine is in a fleet, whose card tells its ring; absent where it is of none. */
  readonly member?: FleetMember
  /** Trusted metadata of internal servers; absent when no root is pinned. */
  readonly tuf?: TufKeeper
}

/**
 * A place that publishes definition sets. Asking changes nothing anywhere and fetches no package.
 */
export interface Source {
  readonly name: string
  readonly kind: SourceKind
  /** How many further answers it may have when what it offered was refused: other hosts, other packages. */
  readonly alternatives: number
  /**
   * What is on offer.
   * @throws SOURCE_*, INDEX_*, and what `openSigned` throws, when no host gave a usable answer
   */
  ask(query: SourceQuery): Promise<Offer | NothingOffered>
  /** Ends every connection. Safe to call twice. */
  close(): Promise<void>
}

/** Opens the way to one base address: an `http`, `https`, `ftp`, `ftps` or `file` address, or a folder's path. */
export type Connect = (base: string) => Transport
/** A signed database as somebody advertised it: a TXT record, or the unproved header of a file. */
export interface AdvertisedDatabase {
  readonly name: string
  readonly version: number
  /** What the mirror has the whole database as; null when nobody looked. */
  readonly ending: 'cvd' | 'cld' | null
  /** Bytes of that file, null when nobody said. */
  readonly bytes: number | null
}
/** An unsigned database. */
export interface CustomFile {
  readonly file: string
  /** Its name at its places: another one where the file of the set was named by hand. */
  readonly path: string
  /**
   * Until when it is left alone, since it was asked about less than its `every` ago; `validator` is that of then. Null when
   * it is not.
   */
  readonly resting: Date | null
  /** Whether the current set is known to have it as it is there. */
  readonly unchanged: boolean
  /** Lower-case hexadecimal; null when it is not pinned. */
  readonly sha256: string | null
  readonly places: readonly Mirror[]
  /** As `Opening.validator`; null for pinned ones, which are not asked about, and when the server says nothing. */
  readonly validator: string | null
  /** Why it could not be asked about; null when it was, or is pinned. */
  readonly failure: DefsError | null
}
/** The databases of a ClamAV mirror: a set that is put together here and proved database by database. */
export interface ClamavOffer {
  readonly kind: 'clamav'
  /** To be tried in this order; the first is the one that answered. */
  readonly mirrors: readonly Mirror[]
  readonly databases: readonly AdvertisedDatabase[]
  readonly custom: readonly CustomFile[]
  /** Whether patches are tried before whole databases. */
  readonly patches: boolean
  readonly sign: 'require' | 'prefer'
  /** PEM files or folders of the roots for `.sign`; null for the usual place. */
  readonly certificates: readonly string[] | null
}

/** A host with databases: what is fetched is named below its address. */
export interface Mirror {
  /** As `Transport.url`: what cool-downs are kept by. */
  readonly url: string
  remote(path: string): Remote
}
