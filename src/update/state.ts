import { DefsError } from '../error.ts'
import { readPointer } from '../hawking/pointer.ts'
import { type Bar, type Hold, isHeld, type Provenance } from '../hawking/records.ts'
import { allowedAge, peekProvenance, readBars, readHolds } from '../hawking/state.ts'
import { ageOf, type SetName, type Standing } from '../set-name.ts'
import type { Authentic, Signer } from '../trust/authentic.ts'
import { remind } from '../watch/remind.ts'
import { inspectSet } from './recover/inspect.ts'
import type { LadderResult } from './recover/ladder.ts'
import type { Run, UpdateRequest } from './run.ts'

/** A {@link UpdateState} whose current set was proved in this run. */
export interface VerifiedState extends UpdateState {
  readonly current: Authentic | null
  /** What `definfo.dat` names, damaged or not. */
  readonly pointed: SetName | null
  /** Who vouched for it when it came, as that was written down; null when it was not. */
  readonly vouchedBy: Signer | null
  /** Whether the failure ladder asks for a download: then event 401 tells of its failure. */
  readonly rescue: boolean
}

/**
 * What is current, proved anew, and what holds and bars stand: the other side of every judgement.
 * @param ladder how the failure ladder left the store; null where it is not walked
 */
export async function verifiedState(
  run: Run,
  request: Pick<UpdateRequest, 'force' | 'allow'>,
  ladder: LadderResult | null,
): Promise<VerifiedState> {
  const { pointed, current } = ladder ?? (await lookAtCurrent(run))
  const made = current && (await peekProvenance(run.store, current.set))
  return {
    pointed,
    current,
    made,
    vouchedBy: made?.signer ?? null,
    rescue: ladder?.step === 'empty',
    holds: await readHolds(run.store),
    bars: await readBars(run.store),
    now: run.startedAt,
    force: request.force,
    allow: request.allow,
  }
}

async function lookAtCurrent(run: Run): Promise<Pick<VerifiedState, 'pointed' | 'current'>> {
  const { current: pointed } = await readPointer(run.store)
  return { pointed, current: pointed === null ? null : (await inspectSet(pointed, run)).proved }
}

/** @throws STORE_NO_DEFINITIONS, so that no run ends well while the scanner has nothing */
export function nothingLive(reason: string): DefsError {
  return new DefsError(
    'STORE_NO_DEFINITIONS',
    `no valid definitions are on disk and none were taken: ${reason}`,
  )
}

const day = 24 * 60 * 60 * 1000

/** Raises an alarm, once a day, while the current set is held and older than allowed: nobody else will replace it. */
export async function watchHold({ pointed, holds, now }: VerifiedState, run: Run): Promise<void> {
  const hold = holds.find((one) => one.set === pointed && isHeld(one, now))
  const allowed = await allowedAge(run.config, run.store)
  if (!hold || ageOf(hold.set, now) <= allowed) return remind('hold', null, day, run)
  const { set, reason, user, until } = hold
  const facts = { set, user, ...(reason === null ? {} : { reason }), ...(until === null ? {} : { until }) }
  await remind('hold', { about: set, again: 'at every change', event: 'hold.outdated', facts }, day, run)
}
/** What an offer is judged against. */
export interface UpdateState {
  /** The current set, null when there is none or it is damaged: then anything authentic is better. */
  readonly current: Standing | null
  /** What was written down of how the current one was made; missing or null where nothing was. */
  readonly made?: Pick<Provenance, 'of' | 'contents'> | null
  readonly holds: readonly Hold[]
  readonly bars: readonly Bar[]
  readonly now: Date
  /** `--force`: take it all the same. */
  readonly force: boolean
  /** `--allow SET`: this one although it is barred. */
  readonly allow: SetName | null
}
