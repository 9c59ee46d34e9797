import type { Authentic } from '../../trust/authentic.ts'

/** A proved set that is to be published, and where it is from. */
export interface Acquired {
  readonly authentic: Authentic
  /** The configured source, `store`, or `own`. */
  readonly source: string
  /** Removes what was made for it. */
  readonly discard: () => Promise<void>
}
