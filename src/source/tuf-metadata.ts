/** A metadata file that is to be fetched next. */
export interface WantedMetadata {
  /** Its name below the metadata folder. */
  readonly name: string
  /** More is an attack. Bytes. */
  readonly most: number
}

/** A file that the metadata vouches for. */
export interface TufTarget {
  /** Its path below the folder of the targets, `/` between folders. */
  readonly path: string
  /** The same as it is to be asked for: with the digest in front where snapshots are consistent. */
  readonly asked: string
  readonly bytes: number
  /** @throws TRUST_DIGEST when these are not its bytes */
  readonly check: (bytes: Uint8Array) => void
}

/**
 * The metadata of an internal server as far as it is trusted; it grows with each file that proves itself (TUF
 * specification 5). Does nothing but judge: whoever has it fetches the files, in the order of its methods.
 * All methods throw TRUST_METADATA, TRUST_ROLLBACK for a version that went back, TRUST_FROZEN for one past its end.
 */
export interface TufMetadata {
  readonly rootVersion: () => number
  readonly addRoot: (bytes: Uint8Array) => void
  readonly addTimestamp: (bytes: Uint8Array) => void
  /** Null when the one from last time still holds. */
  readonly wantedSnapshot: () => WantedMetadata | null
  readonly addSnapshot: (bytes: Uint8Array) => void
  /** The same for `targets` (of `root`) and for roles it delegates to. */
  readonly wantedRole: (role: string, parent: string) => WantedMetadata | null
  readonly addRole: (bytes: Uint8Array, role: string, parent: string) => void
  /** What a role says of a target itself. */
  readonly targetIn: (role: string, path: string) => TufTarget | null
  /** Whom it asks about a target, most trusted first; after a terminating one nobody else. */
  readonly delegations: (role: string, path: string) => readonly { role: string; terminating: boolean }[]
  /** What is trusted by now, to be kept for the next time: by role. */
  readonly kept: ReadonlyMap<string, Uint8Array>
}

/** What was asked before, so that the same need not be asked again. It decides nothing: the metadata does. */
export interface TufAsked {
  /** When the server had no further root. RFC 3339, UTC. */
  readonly rootAt: string | null
  /** The timestamp that is kept, as its server knows it. */
  readonly timestamp: { readonly url: string; readonly validator: string } | null
}

/** Where trusted metadata is kept between runs. */
export interface TufKeeper {
  readonly open: () => Promise<TufMetadata>
  /** Replaces what was kept, in one step. */
  readonly keep: (metadata: TufMetadata) => Promise<void>
  /** The moment of the run. */
  readonly now: Date
  readonly asked: () => Promise<TufAsked>
  readonly keepAsked: (asked: TufAsked) => Promise<void>
  /** A small target as it was got last; null when it was not. It is believed only where the metadata vouches for it. */
  readonly target: (path: string) => Promise<Uint8Array | null>
  readonly keepTarget: (path: string, bytes: Uint8Array) => Promise<void>
}
