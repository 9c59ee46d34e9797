import type { Digested } from '../archive/member-file.ts'
import type { ArchiveLimits } from '../archive/reader.ts'
import type { DatabaseHeader } from './header.ts'

/** One file of a database. */
export interface DatabaseMember {
  readonly name: string
  readonly bytes: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/** The `<name>.info` of a database: its signed list of contents. */
export interface DatabaseInfo {
  /** The member's name, `.info` included. */
  readonly file: string
  readonly bytes: Uint8Array
}

/** What is inside a database, unpacked or as it lies in a folder after patches. */
export interface DatabaseContents {
  /** Null when there is none; two are refused. */
  readonly info: DatabaseInfo | null
  /** Every member in the order found, COPYING and the .info among them. */
  readonly members: readonly DatabaseMember[]
}

/** A database file, read once from end to end. Nothing of it is proved yet. */
export interface OpenedDatabase extends DatabaseContents {
  readonly header: DatabaseHeader
  /** `cvd`: packed and signed as a whole; `cld`: plain, made on this side by patches. */
  readonly kind: 'cvd' | 'cld'
  /** The whole file. */
  readonly bytes: number
  /** Of the whole file, header included: what a `.sign` is over. Lower-case hexadecimal. */
  readonly sha256: string
  /** Of all that follows the header: what the legacy signature is over. Lower-case hexadecimal. */
  readonly md5: string
}

/** Bounds and end of one piece of work. */
export interface DatabaseOptions {
  readonly limits: ArchiveLimits
  /** Ends the work between any two pieces of data. */
  readonly signal: AbortSignal
  /** What stays free on the disk that is written to; 0 when not given. Bytes. */
  readonly reserve?: number
}

/** A file that was written. */
export type Written = Pick<Digested, 'bytes' | 'sha256'>

/** An incremental patch, read and not yet proved. */
export interface DatabasePatch {
  /** The version it leads to, from the one before. */
  readonly version: number
  /** Size of its script, unpacked, as announced. */
  readonly scriptBytes: number
  /** The whole file: what a `.sign` is over. */
  readonly bytes: Uint8Array
  /** What its own signature is over. */
  readonly signed: Uint8Array
  /** That signature, in ClamAV's own alphabet. */
  readonly signature: string
  /** The gzip stream of the script. */
  readonly packed: Uint8Array
}
