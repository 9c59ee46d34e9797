import type { Opened } from '../archive/opened.ts'
import type { Grade, Sequence, SetName } from '../set-name.ts'
import type { Anchor } from './anchors.ts'

declare const proof: unique symbol

/** Who vouches for a guard, and how that was checked. */
export interface Signer {
  /** Subject of the signing certificate, for people: its common name, else the whole subject. */
  readonly name: string
  /** SHA-256 fingerprint of the signing certificate, lower-case hexadecimal. */
  readonly fingerprint: string
  /** Common name of the pinned anchor the chain ends in. */
  readonly anchor: string
  /** SHA-256 fingerprint of that anchor, lower-case hexadecimal. */
  readonly anchorFingerprint: string
  /** For example `pkcs7 rsa-sha256`. */
  readonly method: string
  /** True when a certificate of the chain was outside its dates at the moment of checking. */
  readonly expired: boolean
}

/** A set whose guard is signed by a pinned anchor and whose every file is what the guard says. */
export interface Proved extends Opened {
  readonly set: SetName
  readonly sequence: Sequence | null
  readonly grade: Grade
  readonly signer: Signer
  /** The moment the verdict holds for. */
  readonly verifiedAt: Date
}

/** Made only by trust/authenticate.ts; staging anything else does not compile. */
export interface Authentic extends Proved {
  readonly [proof]: true
}

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
