import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { dateOf, type Grade, type Sequence, type SetName } from '../set-name.ts'
import type { Trust } from './authentic.ts'
import type { Guard } from './guard.ts'

/** What the offer says the package is. */
export interface Claim {
  /** Null when only the opened package can tell. */
  readonly set: SetName | null
  readonly sequence: Sequence | null
  readonly grade: Grade
}

/** Which set this is, by guard and claim together; `set` is null when neither tells. */
export interface Identity {
  readonly set: SetName | null
  readonly sequence: Sequence | null
  readonly grade: Grade
  readonly problems: readonly DefsError[]
}

/** Holds what the guard says of itself against what was offered. Codes: TRUST_SET_NAME, TRUST_FUTURE. */
export function identify(guard: Guard, claim: Claim, trust: Trust): Identity {
  const set = guard.set ?? claim.set
  const sequence = guard.sequence === null ? claim.sequence : { number: guard.sequence, signed: true }
  const grade = guard.grade ?? claim.grade
  const checks = [checkSet(guard, claim), checkSequence(guard, claim), checkGrade(guard, claim)]
  const problems = [...checks, set && checkDate(set, trust)].filter((problem) => problem !== null)
  return { set, sequence, grade, problems }
}

/** Rule: the signed name is the offered one. Stops: an old signed set served under a new name. */
function checkSet(guard: Guard, claim: Claim): DefsError | null {
  if (guard.set === null && claim.set === null) {
    return mismatch('cannot tell which set this is: neither the guard nor the package name says')
  }
  if (guard.set === null || claim.set === null || guard.set === claim.set) return null
  return mismatch(`offered as ${claim.set}, but the guard says ${guard.set}`)
}

/** Rule: the signed number is the offered one. Stops: an old set moved into a folder with a higher number. */
function checkSequence(guard: Guard, claim: Claim): DefsError | null {
  if (guard.sequence === null || claim.sequence === null) return null
  if (guard.sequence === claim.sequence.number) return null
  return mismatch(`offered as sequence ${claim.sequence.number}, but the guard says ${guard.sequence}`)
}

/** Rule: certified means certified. Stops: a set with basic tests only, sold as one that passed them all. */
function checkGrade(guard: Guard, claim: Claim): DefsError | null {
  if (guard.grade !== 'rapid' || claim.grade !== 'certified') return null
  return mismatch('offered as certified, but the guard says rapid')
}

/** Rule: no set from the future. Stops: a date so high that every honest set after it looks older. */
function checkDate(set: SetName, trust: Trust): DefsError | null {
  if (trust.policy.allowFuture) return null
  if (dateOf(set).getTime() <= trust.now.getTime() + limits.future) return null
  const message = `set ${set} is dated ahead of the clock: check the clock, or use --force`
  return new DefsError('TRUST_FUTURE', message)
}

function mismatch(what: string): DefsError {
  return new DefsError('TRUST_SET_NAME', what)
}
