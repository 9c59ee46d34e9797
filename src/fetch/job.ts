import type { Context } from '../context.ts'
import type { PackageFile, Remote } from '../source/source.ts'
import type { Part } from './part.ts'
import type { Place } from './place.ts'

/** A transfer that is to be made. */
export interface Job {
  readonly want: PackageFile
  readonly remote: Remote
  readonly part: Part
  readonly place: Place
  readonly context: Context
  readonly signal: AbortSignal
}

/** A package that is whole. */
export interface Whole {
  readonly bytes: number
  readonly downloaded: number
  readonly sha256: string
  /** When it was changed last, as its place says; null when it does not, or when nothing was asked of anybody. */
  readonly modified: Date | null
}

/** What the tries came to know, for whoever decides on the next one. */
export interface Trace {
  /** Bytes that came over the wire, all tries together. */
  downloaded: number
  /** Whether the last try built on what an earlier one had left. */
  resumed: boolean
}
