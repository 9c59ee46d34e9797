import type { AppliedException } from '../../hawking/line/exceptions.ts'
import type { SetName } from '../../set-name.ts'
import type { Authentic } from '../../trust/authentic.ts'
import type { AcquiredSet, SealedFrom } from '../acquire/acquired.ts'
import { contentsOf } from '../contents.ts'
import { decide, type StatementEffect, type Verdict } from '../decide.ts'
import type { Run } from '../run.ts'
import type { VerifiedState } from '../state.ts'
import { exceptBefore } from './remake.ts'

/** A proved set that is to be installed, with the exceptions in force in it. */
export interface ReadySet {
  readonly take: true
  readonly authentic: Authentic
  /** What the state says of the set that arrived, it says of this one. */
  readonly state: VerifiedState
  /** The ids of the exceptions that match something in it; null when none is in force. */
  readonly matched: ReadonlySet<string> | null
  /** What its provenance tells beside where it came from. */
  readonly origin: {
    readonly made: SealedFrom | undefined
    readonly exceptions: readonly AppliedException[] | undefined
    readonly of: SetName | null
  }
}

/**
 * Judges a set that is here and proved, and puts the exceptions in force into it unless that was done, so that no
 * engine ever loads what was excepted. What that makes of it is judged once more: it may be what the gate refused, or
 * somebody rolled back.
 * @throws ARCHIVE_*, STORE_*, TRUST_*, INTERRUPTED
 */
export async function judgeArrived(
  { authentic: arrived, excepted, made }: Pick<AcquiredSet, 'authentic' | 'excepted' | 'made'>,
  said: StatementEffect,
  state: VerifiedState,
  run: Run,
): Promise<ReadySet | Extract<Verdict, { readonly take: false }>> {
  const verdict = decide({ ...arrived, contents: contentsOf(arrived.files) }, state, said)
  if (!verdict.take) return verdict
  const remade = excepted ? { authentic: arrived, excepted, of: null } : await exceptBefore(arrived, run)
  const { authentic, of } = remade
  const matched = remade.excepted?.matched ?? null
  const exceptions = remade.excepted?.exceptions
  if (of === null) return { take: true, authentic, state, matched, origin: { made, exceptions, of } }
  const meant = { ...state, allow: state.allow === of ? authentic.set : state.allow }
  const again = decide({ ...authentic, contents: contentsOf(authentic.files) }, meant, said)
  if (!again.take) return again
  const vouched = made ?? { signer: arrived.signer, databases: null }
  return { take: true, authentic, state: meant, matched, origin: { made: vouched, exceptions, of } }
}
