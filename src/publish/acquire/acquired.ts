import type { Authentic } from '../../trust/authentic.ts'
import type { MirroredDatabase } from '../catalog.ts'

/** A proved set that is to be published, and where it is from. */
export interface Acquired {
  readonly authentic: Authentic
  /** The configured source, `store`, or `own`. */
  readonly source: string
  /** Who vouches for it; whoever signed its guard when absent. */
  readonly signedBy?: string
  readonly fingerprint?: string | null
  /** What `freshclam` is to be given, and where the files lie that the tree has not yet. */
  readonly databases?: readonly MirroredDatabase[]
  readonly files?: ReadonlyMap<string, string>
  /** Removes what was made for it. */
  readonly discard: () => Promise<void>
}
