import type { ErrorCode } from '../error.ts'
import type { CheckName, Finding } from '../gate/finding.ts'
import type { Grade, Sequence, SetName } from '../set-id.ts'
import type { Signer } from '../trust/authentic.ts'

/** One ClamAV database of a set that we put together and sealed, and how far it was proved when it came. */
export interface ProvedDatabase {
  readonly name: string
  readonly version: number
  /** `pkcs7`: by `.sign` files up to a pinned root; `legacy`: by ClamAV's built-in keys only. */
  readonly method: 'pkcs7' | 'legacy'
  /** Null for `legacy`. */
  readonly signer: Signer | null
  /** How many patches led to it from the last whole database. */
  readonly patches: number
}

/** Where a set came from and how it was proved; one JSON file a set below `state/provenance/`. */
export interface Provenance {
  readonly set: SetName
  readonly grade: Grade
  readonly sequence: Sequence | null
  /** Configured name of the source, and the place that delivered the package. */
  readonly source: string
  readonly url: string
  /** SHA-256 of the package as it came; null for a folder. */
  readonly packageSha256: string | null
  /** Who vouches for it: for a set that we sealed ourselves, whoever signed what it was made of. */
  readonly signer: Signer
  /** Null for sets that are no ClamAV databases. */
  readonly databases?: readonly ProvedDatabase[] | null
  /** RFC 3339, UTC. */
  readonly verifiedAt: string
  readonly stagedAt: string
  readonly bytes: number
  readonly files: number
  /** What the gate found when the set was to become current; missing in records of older versions. */
  readonly gate?: readonly Finding[] | null
}

/** The outcome of asking one source, kept in `state/sources.json` by its configured name. */
export interface SourceRecord {
  /** RFC 3339, UTC. */
  readonly lastAttempt: string | null
  readonly lastSuccess: string | null
  readonly outcome: 'succeeded' | 'failed' | 'cooling-down' | null
  readonly error: { readonly code: ErrorCode; readonly message: string } | null
  /** Hosts that asked to be left alone: address to RFC 3339. */
  readonly coolingUntil: Readonly<Record<string, string>>
  /** What was offered last, and since when (a source that never moves is frozen). */
  readonly offered: SetName | null
  readonly offeredSince: string | null
  /** The last statement of an internal server that was obeyed: older ones are replays. */
  readonly statement?: { readonly channel: string; readonly number: number } | null
  /** {@link PackageFile.fingerprint} of the last package that was judged, with the set it turned out to be. */
  readonly judged: {
    readonly fingerprint: string
    readonly set: SetName
    readonly sequence: Sequence | null
  } | null
  /**
   * The last authenticated index that can be asked for again on a condition, with what it offered. It decides
   * only that nothing has changed; nothing is ever fetched on its word.
   */
  readonly index: {
    readonly url: string
    readonly validator: string
    readonly set: SetName
    readonly sequence: Sequence | null
    readonly grade: Grade
    /** Of the package. */
    readonly bytes: number | null
  } | null
}

/** The last run of `update`, kept in `state/attempt.json`. */
export interface AttemptRecord {
  readonly at: string
  readonly source: string | null
  readonly outcome: 'succeeded' | 'failed'
  readonly error: { readonly code: ErrorCode; readonly message: string } | null
}

/** The daemon that looks after a store, kept in `state/daemon.json` while it runs. */
export interface DaemonRecord {
  readonly pid: number
  /** RFC 3339, UTC. */
  readonly startedAt: string
  /** What tells the process from a later one with its number; null where the system does not say. */
  readonly started: string | null
  readonly boot: string | null
  readonly host: string
}

/** A protected set, kept in `state/holds.json`. */
export interface Hold {
  readonly set: SetName
  readonly at: string
  readonly until: string | null
  readonly reason: string | null
  readonly user: string
}

/** A set that updates do not take again, kept in `state/bars.json`. */
export interface Bar {
  readonly set: SetName
  readonly at: string
  readonly reason: string | null
  readonly user: string
  /** The checks of the gate that the set failed; null or missing when somebody barred it. */
  readonly checks?: readonly CheckName[] | null
}
