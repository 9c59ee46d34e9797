import type { Anchor } from './anchors.ts'

/** What the operator allows (`trust:` of the configuration, and `--force`). */
export interface TrustPolicy {
  /** Whether a chain that ends in a pinned anchor may be outside its dates. */
  readonly expired: 'accept' | 'refuse'
  /** Accept SHA-1 where nothing better is stated. MD5 is never accepted. */
  readonly allowSha1: boolean
  /** Accept a set dated more than `limits.future` ahead of the clock. */
  readonly allowFuture: boolean
}

/** Everything a verdict rests on beside the bytes. */
export interface Trust {
  readonly anchors: readonly Anchor[]
  /** The moment the verdict holds for. */
  readonly now: Date
  readonly policy: TrustPolicy
}
