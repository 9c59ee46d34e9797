import type { Opened, OpenedFile } from '../archive/opened.ts'
import { DefsError, type ErrorCode, isDefsError } from '../error.ts'
import type { Authentic, Proved, Signer, Trust } from './authentic.ts'
import { foldName, type Guard, type GuardEntry, readGuard } from './guard.ts'
import { type Claim, identify } from './identity.ts'
import { verifySignature } from './signature.ts'

/** One thing wrong with a set. */
export interface SetProblem {
  /** The file concerned, null when it is the set as a whole. */
  readonly file: string | null
  readonly code: ErrorCode
  readonly message: string
  readonly error: DefsError
}

/** The whole verdict: every problem in the order of the checks, or the proof. */
export interface Examination {
  readonly problems: readonly SetProblem[]
  readonly proved: Authentic | null
}

// The guard, its signature, and the marker that staging writes last (docs/contract.md section 7). Top level
// only.
const apart = new Set(['v.grd', 'v.sig', 'zdone.dat'])

/**
 * Proves that an opened package is a set signed by a pinned anchor, whole and unchanged, and the one that was
 * offered. The only maker of {@link Authentic}.
 * @throws TRUST_*: the first problem of {@link examine}, the others in its `problems`
 */
export function authenticate(opened: Opened, claim: Claim, trust: Trust): Authentic {
  const { problems, proved } = examine(opened, claim, trust)
  if (proved) return proved
  const [first, ...others] = problems
  if (!first) throw new DefsError('BUG', 'neither proved nor refused')
  const { error, code, message } = first
  const more = others.map((problem) => `${problem.code}: ${problem.message}`)
  throw new DefsError(code, message, { ...error.facts, cause: error.cause, problems: more })
}

/** Who signed a guard, or why nobody did. */
export interface SignedGuard {
  readonly guard: Uint8Array
  readonly signature: Uint8Array
  readonly trust: Trust
  readonly signer: Signer | null
  readonly errors: readonly DefsError[]
}

/** Proves a guard before everything that it names is read. */
export function proveAhead(guard: Uint8Array, signature: Uint8Array, trust: Trust): SignedGuard {
  const errors: DefsError[] = []
  const signer = attempt(errors, () => proveGuard({ guard, signature }, trust))
  return { guard, signature, trust, signer, errors }
}

/**
 * Like {@link authenticate}, but lists every problem instead of throwing the first.
 * @param ahead what is known of the guard already; only of these very bytes and this trust it counts
 */
export function examine(
  opened: Opened,
  claim: Claim,
  trust: Trust,
  ahead: SignedGuard | null = null,
): Examination {
  const errors: DefsError[] = []
  const known =
    ahead?.guard === opened.guard && ahead?.signature === opened.signature && ahead?.trust === trust
  if (known) errors.push(...ahead.errors)
  const signer = known ? ahead.signer : attempt(errors, () => proveGuard(opened, trust))
  // Text of an unproved guard is read only to tell what else is wrong; with any error nothing is proved.
  const bytes = opened.guard
  const guard = bytes && attempt(errors, () => readGuard(bytes))
  if (guard) errors.push(...checkFiles(guard, opened.files, trust))
  const identity = guard && identify(guard, claim, trust)
  errors.push(...(identity?.problems ?? []))
  const problems = errors.map((error) => ({
    file: error.facts.path ?? null,
    code: error.code,
    message: error.message,
    error,
  }))
  const set = identity?.set ?? null
  if (problems.length > 0 || !signer || !identity || !set) return { problems, proved: null }
  const { sequence, grade } = identity
  const proved: Proved = { ...opened, set, sequence, grade, signer, verifiedAt: trust.now }
  return { problems, proved: proved as Authentic }
}

function attempt<T>(errors: DefsError[], step: () => T): T | null {
  try {
    return step()
  } catch (error) {
    if (!isDefsError(error)) throw error
    errors.push(error)
    return null
  }
}

function proveGuard(opened: Pick<Opened, 'guard' | 'signature'>, trust: Trust): Signer {
  // Rule: no guard, no trust. Stops: dropping the guard to get around it.
  if (!opened.guard) {
    throw new DefsError('TRUST_GUARD_MISSING', 'there is no v.grd: nothing says what belongs to the set', {
      path: 'v.grd',
    })
  }
  // Rule: no signature, no trust. Stops: a guard that anybody can write.
  if (!opened.signature) {
    throw new DefsError('TRUST_SIGNATURE_MISSING', 'there is no v.sig: nobody vouches for the guard', {
      path: 'v.sig',
    })
  }
  try {
    return verifySignature(opened.guard, opened.signature, trust.anchors, { ...trust.policy, now: trust.now })
  } catch (error) {
    if (!isDefsError(error)) throw error
    throw new DefsError(error.code, error.message, { ...error.facts, path: 'v.sig', cause: error.cause })
  }
}

function checkFiles(guard: Guard, files: readonly OpenedFile[], trust: Trust): DefsError[] {
  const errors: DefsError[] = []
  const seen = new Set<string>()
  for (const file of files) {
    const name = foldName(file.name)
    const entry = guard.files.get(name)
    // Rule: one file a name. Stops: a second file that differs in case, one proved and the other one loaded.
    if (seen.has(name)) errors.push(unlisted(file.name, 'is there twice, in different case'))
    else if (entry) errors.push(...list(checkFile(file.name, entry, file, trust.policy.allowSha1)))
    // Rule: what the guard does not name does not belong. Stops: files slipped in beside the signed ones.
    else if (!apart.has(name)) errors.push(unlisted(file.name, 'is not in the guard'))
    seen.add(name)
  }
  for (const name of guard.files.keys()) {
    // Rule: what the guard names is there. Stops: leaving out the file that knows the new threat.
    if (seen.has(name)) continue
    const message = `'${name}' is in the guard but not in the set: fetch the set again`
    errors.push(new DefsError('TRUST_FILE_MISSING', message, { path: name }))
  }
  return errors
}

function unlisted(file: string, why: string): DefsError {
  return new DefsError('TRUST_FILE_UNLISTED', `'${file}' ${why}`, { path: file })
}

function list(error: DefsError | null): DefsError[] {
  return error ? [error] : []
}

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
