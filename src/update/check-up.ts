import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { withLock } from '../hawking/lock.ts'
import { prepareStore } from '../hawking/prepare.ts'
import { watchFreshness } from '../watch/watch-freshness.ts'
import { watchLicence } from '../watch/watch-licence.ts'
import { finishConfirming } from './finish-confirming.ts'
import { catchUp } from './hand-over.ts'
import { type Climb, climbLadder } from './ladder.ts'
import { mend } from './mend.ts'
import { beginRun } from './run.ts'

/**
 * The regular check (seed 001: every ten minutes): mends what an interrupted run left, proves the current set,
 * goes back to an earlier good one when it is bad or the scanner fails with it, and hands the set over again when the scanner uses another.
 * Downloads nothing: after `empty` that is for the caller to do.
 * @throws STORE_BUSY when another run is at work; SCANNER_REFUSED, STORE_*, TRUST_ANCHORS, INTERRUPTED
 */
export async function checkUp(config: Config, context: Context): Promise<Climb> {
  const run = await beginRun(config, context, { timeout: null, force: false })
  await prepareStore(run.store, config.store.group)
  return withLock(run.store, { wait: 0, context }, async () => {
    await mend(run)
    await watchLicence(run)
    const climb = await climbLadder(run)
    const back = climb.step === 'sound' ? await finishConfirming('look', run) : null
    if (!back) await catchUp(climb.current, run)
    await watchFreshness(run)
    return back?.climb ?? climb
  })
}
