import type { Context } from '../context.ts'
import type { Offer, PackageFile } from '../source/source.ts'
import type { Remote } from '../transport/transport.ts'
import type { Part } from './partial-file.ts'

/** A transfer that is to be made. */
export interface Download {
  readonly want: PackageFile
  readonly remote: Remote
  readonly part: Part
  readonly place: DownloadTarget
  readonly context: Context
  readonly signal: AbortSignal
  /** Whether a copy in a cache on the way will not do; nor will it for what no digest is stated of. */
  readonly fresh: boolean
}

/** A package that is whole. */
export interface Downloaded {
  readonly bytes: number
  readonly downloaded: number
  readonly sha256: string
  /** When it was changed last, as its place says; null when it does not, or when nothing was asked of anybody. */
  readonly modified: Date | null
}

/** What the tries came to know, for whoever decides on the next one. */
export interface Trace {
  /** Bytes that came over the wire, all tries together. */
  downloaded: number
  /** Whether the last try built on what an earlier one had left. */
  resumed: boolean
}

/** A package that lies whole in the store's quarantine, its size and stated digests checked; not yet proved. */
export interface Fetched {
  readonly offer: Offer
  /** The file, below `state/partial/` of the store; the folder itself when the package is one. */
  readonly file: string
  /** Its size in bytes; 0 for a folder. */
  readonly bytes: number
  /** Bytes that came over the wire in this run; less than `bytes` when a transfer was resumed. */
  readonly downloaded: number
  /** Of the whole file, lower-case hexadecimal; empty for a folder. */
  readonly sha256: string
  /** When it was changed last, as that place says; null when it does not. */
  readonly modified: Date | null
  /** The place that delivered it, password left out. */
  readonly url: string
}

/** Where a package is fetched to, and under which bounds. */
export interface DownloadTarget {
  /** The folder for downloads, `state/partial/` of the store; it exists. */
  readonly partial: string
  /** Bytes that must stay free on its disk. */
  readonly reserve: number
  /** The largest package that is taken, in bytes. */
  readonly maxBytes: number
  /** Least mean throughput, bytes a second. */
  readonly throughput: number
  /** The end of the run; null for none. */
  readonly deadline: Date | null
  /** Tries of one transfer at one host. */
  readonly tries: number
}
