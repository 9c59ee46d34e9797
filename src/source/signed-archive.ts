import type { FileDigests } from '../digest.ts'

/** A small signed archive, opened and proved: an index. */
export interface SignedArchive {
  /** Its members by lower-case name, without the guard and the signature. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /**
   * What the guard says of every file it names, by lower-case name: members and files beside the archive. An
   * entry with SHA-1 alone is here only when the site allows it.
   */
  readonly guarded: ReadonlyMap<string, Partial<FileDigests>>
  /** The signer, for people. */
  readonly signedBy: string
}
