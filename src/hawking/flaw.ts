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
  /** Another product stands under a set that is not on disk, or under several (TECH84196). */
  | 'usage-dangling'
  /** A file or folder that somebody else may write. */
  | 'permission-wide'
  /** A record of `state/` that cannot be read. */
  | 'record-damaged'
  /** A record of a set that is no longer there. */
  | 'record-orphaned'
  /** The quarantine holds more than it may. */
  | 'quarantine-full'

/** Something wrong, and how to mend it. */
export interface Flaw {
  readonly code: FlawCode
  readonly path: string
  /** For people: what is wrong. */
  readonly message: string
  /** What mending did, in the words that follow the message; null when hawking/ cannot mend it. */
  readonly cure: string | null
  /** Null when hawking/ cannot mend it alone. */
  readonly mend: (() => Promise<void>) | null
}

/** Looks for one sort of flaw; changes nothing. */
export type Check = (store: Store, product: { readonly name: string }) => Promise<readonly Flaw[]>
