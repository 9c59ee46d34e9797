import { DefsError } from '../error.ts'
import { readBars, readHolds } from '../hawking/holds-and-bars.ts'
import { readPointer } from '../hawking/pointer.ts'
import { peekProvenance } from '../hawking/provenance.ts'
import type { SetName } from '../set-id.ts'
import type { Authentic, Signer } from '../trust/authentic.ts'
import { inspectSet } from './inspect.ts'
import type { Situation } from './judge.ts'
import type { Climb } from './ladder.ts'
import type { UpdateRequest } from './result.ts'
import type { Run } from './run.ts'

export { recordedSituation } from './recorded-situation.ts'

/** A {@link Situation} whose current set was proved in this run. */
export interface Situated extends Situation {
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
 * @param climb how the failure ladder left the store; null where it is not walked
 */
export async function situationOf(
  run: Run,
  request: Pick<UpdateRequest, 'force' | 'allow'>,
  climb: Climb | null,
): Promise<Situated> {
  const { pointed, current } = climb ?? (await lookAtCurrent(run))
  return {
    pointed,
    current,
    vouchedBy: (current && (await peekProvenance(run.store, current.set))?.signer) ?? null,
    rescue: climb?.step === 'empty',
    holds: await readHolds(run.store),
    bars: await readBars(run.store),
    now: run.startedAt,
    force: request.force,
    allow: request.allow,
  }
}

async function lookAtCurrent(run: Run): Promise<Pick<Situated, 'pointed' | 'current'>> {
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
