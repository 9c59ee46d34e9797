import type { Offer } from '../source/source.ts'

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
