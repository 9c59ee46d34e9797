import type { OpenedFile } from '../../archive/opened.ts'
import type { ProvedDatabase } from '../../hawking/record.ts'

/** A database that lies in the new set, proved. */
export interface BroughtDatabase {
  readonly proved: ProvedDatabase
  readonly builtAt: Date
  readonly how: 'copied' | 'patched' | 'whole'
  /** The database, and its `.sign` when it has one. */
  readonly files: readonly OpenedFile[]
  /** The place that delivered it; null for a copy of what was there. */
  readonly url: string | null
  /** True when the mirror had less than it advertised. */
  readonly lesser: boolean
  /** True when a `.sign` was there that nobody could judge. */
  readonly unjudged: boolean
}
