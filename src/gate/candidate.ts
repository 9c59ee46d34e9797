import type { Grade, SetName } from '../set-name.ts'

/** A set on disk. */
export interface Lying {
  readonly set: SetName
  readonly directory: string
}

/** A proved set that asks to become current, and what it is held against. */
export interface Candidate extends Lying {
  readonly grade: Grade
  /** The set that is live, proved in this run; null when there is none. */
  readonly current: Lying | null
  /** The newest other set of the same grade; null when there is none. */
  readonly earlier: Lying | null
  /** Files and folders of parts that only one of the two has, since the operator wants other ones now. */
  readonly apart?: readonly string[]
  /** Where a private folder may be made for what the checks need; the caller removes it with the run. */
  readonly scratch: string
}
