import type { Store } from './store.ts'

/** What can be found wrong with a store; doctor and the journal print these words. */
type FlawCode =
  /** A file or folder of a run that was cut short. */
  | 'leftover'
  /** A set that was being replaced when a run was cut short: its dated folder is missing. */
  | 'set-unfinished'
  /** A dated folder without its completion marker, guard or signature that nothing names. */
  | 'set-incomplete'
  /** `definfo.dat` cannot be read although sets are there. */
  | 'pointer-damaged'
  /** `definfo.dat` names a current set that is not on disk: the failure ladder's business. */
  | 'pointer-dangling'
  /** `LastDefs` names a set that is not on disk. */
  | 'previous-dangling'
  /** Our product stands under another set than the current one, or under none (TECH84196). */
  | 'usage-behind'
  /** The `current` link is missing or points elsewhere. */
  | 'link-wrong'

/** Something wrong, and how to mend it. */
export interface Flaw {
  readonly code: FlawCode
  readonly path: string
  /** For people: what is wrong, and what mending does. */
  readonly message: string
  /** Null when hawking/ cannot mend it alone. */
  readonly mend: (() => Promise<void>) | null
}

/** Looks for one sort of flaw; changes nothing. */
export type Check = (store: Store, product: { readonly name: string }) => Promise<readonly Flaw[]>
