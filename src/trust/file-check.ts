import { DefsError } from '../error.ts'
import type { GuardEntry } from './guard.ts'

/**
 * Judges one file by its guard entry; null when it is what the guard says.
 * Codes: TRUST_SHA1_ONLY, TRUST_DIGEST.
 */
export function checkFile(
  name: string,
  entry: GuardEntry,
  actual: { readonly sha256: string; readonly sha1: string | null },
  allowSha1: boolean,
): DefsError | null {
  const weak = checkStrength(name, entry, allowSha1)
  if (weak) return weak
  // Rule: the file is the one that was signed, by every digest stated. Stops: a file changed after signing.
  const sha256Differs = entry.sha256 !== null && entry.sha256 !== actual.sha256
  const sha1Differs = entry.sha1 !== null && actual.sha1 !== null && entry.sha1 !== actual.sha1
  if (sha256Differs || sha1Differs) {
    const message = `'${name}' is not what the guard says: it was damaged or changed`
    return new DefsError('TRUST_DIGEST', message, { path: name })
  }
  if (entry.sha256 === null && actual.sha1 === null) {
    const message = `'${name}' has only a SHA-1 in the guard, and none was computed`
    return new DefsError('TRUST_DIGEST', message, { path: name })
  }
  return null
}

/** Rule: SHA-1 alone proves nothing. Stops: a file made to collide with the signed one. Code: TRUST_SHA1_ONLY. */
export function checkStrength(name: string, entry: GuardEntry, allowSha1: boolean): DefsError | null {
  if (entry.sha256 !== null || allowSha1) return null
  const message = `the guard has only a SHA-1 for '${name}': set trust.allowSha1 to accept that`
  return new DefsError('TRUST_SHA1_ONLY', message, { path: name })
}
