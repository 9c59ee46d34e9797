import type { Anchor } from '../anchors.ts'
import type { Signer } from '../authentic.ts'
import type { ClamavKeys } from './keys.ts'

/** What a verdict on ClamAV's files rests on beside the bytes. */
export interface ClamavTrust {
  readonly keys: ClamavKeys
  /** Pinned roots for `.sign` files. */
  readonly roots: readonly Anchor[]
  /** Whether a file without `.sign` is refused, or accepted on the legacy keys. A bad one is always refused. */
  readonly sign: 'require' | 'prefer'
  /** The moment the verdict holds for. */
  readonly now: Date
}

/** What a file was offered as. */
export interface ClamavClaim {
  /** The database, for example `daily`. */
  readonly name: string
  /** The version that was advertised; null when nobody said. */
  readonly version: number | null
}

/** How far a file is proved. */
export interface SignProof {
  /** `pkcs7`: by its `.sign` up to a pinned root. `legacy`: by ClamAV's built-in keys only. */
  readonly method: 'pkcs7' | 'legacy'
  /** True when a `.sign` was there that nobody could judge, for want of pinned roots. */
  readonly unjudged: boolean
  /** Who signed; null for `legacy`. */
  readonly signer: Signer | null
}

/** A proved database. */
export interface DatabaseProof extends SignProof, ContentsProof {}

/** A proved list of contents. */
export interface ContentsProof {
  /** The name that the database has for its maker; another than its file's for renamed ones. */
  readonly name: string
  readonly version: number
  readonly signatures: number
  readonly functionalityLevel: number
  readonly builtAt: Date
  /** First line of the `.info`: what a header must say. */
  readonly line: string
}

/** A proved patch. */
export interface PatchProof extends SignProof {
  /** The version it leads to. */
  readonly version: number
}
