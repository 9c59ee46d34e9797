import type { Signer } from './authentic.ts'

/** Who vouches for a file by a signature beside it. */
export interface DetachedProof {
  readonly signer: Signer
  /** When it was signed, as the signature itself says; seconds since 1970, null when it does not. */
  readonly signedAt: number | null
}
