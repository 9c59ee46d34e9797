import type { DefsError } from '../../error.ts'
import { writeConfirming } from '../../hawking/notices.ts'
import type { LadderResult } from '../recover/ladder.ts'
import type { Run } from '../run.ts'
import { watchScanner } from './confirm.ts'
import { revertScanner } from './hand-over.ts'

/** A set that was taken back while the scanner was watched: how that left the store, and why. */
export interface TakenBack {
  readonly ladder: LadderResult
  readonly why: DefsError
}

/**
 * Watches a set that is not confirmed yet, see {@link watchScanner}, and takes it back when the scanner fails with it:
 * the previous set is live again, the bad one barred (event 399, exit code 8).
 * @returns null when nothing was taken back
 * @throws SCANNER_UNWELL when there is no set to go back to; STORE_*, INTERRUPTED
 */
export async function finishConfirming(patience: 'wait' | 'look', run: Run): Promise<TakenBack | null> {
  const failed = await watchScanner(patience, run)
  if (!failed) return null
  const { bad, why } = failed
  const good = await revertScanner(bad, why, run)
  await writeConfirming(run.store, null)
  if (!good) throw why
  const { code } = why
  return {
    ladder: { step: 'went-back', pointed: good.set, current: good, before: bad.set, code, bad: [] },
    why,
  }
}
