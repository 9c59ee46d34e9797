import type { SourceKind } from '../source/kinds.ts'
import type { Knock } from './knock.ts'

/** What internet and wide-area traffic costs this site; null when nobody said. */
export type WanCost = 'low' | 'high' | null

/** The ports that the methods need (seed 000). */
export const methodPorts = [80, 443, 21] as const

/** A method as it is configured. */
export interface Configured {
  /** Null when no source of the kind is configured. */
  readonly source: string | null
  /** Whether any of its addresses answered; null when there is none. */
  readonly reachable: boolean | null
}

/** An endpoint product on this machine. */
export interface Neighbour {
  /** Its VirusDefs folder, in which a `definfo.dat` was found. */
  readonly path: string
  /** From the configuration; null when the folder was found in a usual place and nobody told. */
  readonly version: string | null
  /** Why its definitions cannot be shared; null when they can, as far as is known. */
  readonly refusal: string | null
}

/** Everything the choice of a method rests on. */
export interface Facts {
  /** Ports on the hosts of the sources that lie outside; null when no such host is configured. */
  readonly ports: Readonly<Record<(typeof methodPorts)[number], boolean | null>>
  readonly knocks: readonly Knock[]
  readonly methods: Readonly<Record<SourceKind, Configured>>
  readonly neighbour: Neighbour | null
  readonly wanCost: WanCost
}
