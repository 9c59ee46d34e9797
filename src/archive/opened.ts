import type { FileDigests } from '../digest.ts'

/** One file of an opened package or of a set on disk. */
export interface OpenedFile extends FileDigests {
  /** Path relative to the folder, `/` between folders, in the archive's own upper and lower case. */
  readonly name: string
  readonly bytes: number
}

/**
 * A package unpacked into a private folder, or a folder read as it lies: everything that is in it, hashed on
 * the way. Nothing of it is proved yet.
 */
export interface Opened {
  /** The folder the files are in. */
  readonly directory: string
  /** Every regular file, sorted by name; the guard and the signature among them. */
  readonly files: readonly OpenedFile[]
  /** The bytes of `v.grd` at the top (any case); null when there is none. */
  readonly guard: Uint8Array | null
  /** The bytes of `v.sig` at the top (any case); null when there is none. */
  readonly signature: Uint8Array | null
}

/** A package that was unpacked just now. */
export interface Unpacked extends Opened {
  /** When the newest of its files was changed last, as the archive says; null when it does not. */
  readonly newest: Date | null
}
