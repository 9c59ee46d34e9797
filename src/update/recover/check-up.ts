import type { Config } from '../../config/config.ts'
import { type Context, joinSignals } from '../../context.ts'
import { withLock } from '../../disk/lock.ts'
import { DefsError, isDefsError } from '../../error.ts'
import { readPointer } from '../../hawking/pointer.ts'
import { prepareStore } from '../../hawking/prepare.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { watchFreshness, watchLicence } from '../../watch/alerts.ts'
import { finishConfirming } from '../activate/finish-confirming.ts'
import { renotify } from '../activate/hand-over.ts'
import { restageAfter } from '../except/restage.ts'
import { forwardRefused } from '../forward.ts'
import { beginRun, type Run } from '../run.ts'
import { verifiedState } from '../state.ts'
import { recoverInterrupted, watchSurroundings } from './housekeeping.ts'
import { inspectSet } from './inspect.ts'
import { type LadderResult, runFailureLadder } from './ladder.ts'

/**
 * The regular check (docs/domain.md section 9: every ten minutes): mends what an interrupted run left, proves
 * the current set, goes back to an earlier good one when it is bad or the scanner fails with it, and hands the
 * set over again when the scanner uses another. Downloads nothing: after `empty` that is for the caller to do.
 * @throws STORE_BUSY when another run is at work; SCANNER_REFUSED, STORE_*, TRUST_ANCHORS, INTERRUPTED
 */
export async function scheduledCheck(config: Config, context: Context): Promise<LadderResult> {
  const run = beginRun(config, context, { timeout: null, force: false })
  await prepareStore(run.store, config.store.group)
  return withLock(run.store, { wait: 0, context }, async () => {
    await recoverInterrupted(run)
    await watchLicence(run)
    const ladder = await runFailureLadder(run)
    const back = ladder.step === 'sound' ? await finishConfirming('look', run) : null
    const restaged = back || !ladder.current ? null : await endExceptions(run, ladder)
    if (!back && !restaged) await renotify(ladder.current, run)
    await watchFreshness(run)
    await watchSurroundings(run)
    await forwardRefused(run)
    return back?.ladder ?? ladder
  })
}

// An exception that has ended is none from the next check on, whenever the next update comes.
async function endExceptions(run: Run, ladder: LadderResult) {
  const state = await verifiedState(run, { force: false, allow: null }, ladder)
  // Every ten minutes the same would drown the journal.
  return restageAfter(state, run, 'debug')
}

/** What a service that starts now finds. */
export interface StoreProof {
  /** Null when there is no set that can be proved. */
  readonly current: Authentic | null
  /** Numbers of the events that were reported on the way. */
  readonly events: readonly number[]
}

/**
 * Sees to it that the current set is a good one, with what is on disk and nothing else. When the store cannot be
 * mended, be it that another run is at work or a scanner does not answer, the current set is proved as it lies.
 * @param bound ends the mending, milliseconds; the proof itself takes the time it takes
 * @throws TRUST_ANCHORS, INTERRUPTED
 */
export async function proveStore(config: Config, context: Context, bound: number): Promise<StoreProof> {
  const reason = () => new DefsError('INTERRUPTED', 'mending the store did not end in time')
  const joined = joinSignals([context.signal], { milliseconds: bound, reason })
  const bounded = { ...context, signal: joined.signal }
  const run = beginRun(config, bounded, { timeout: null, force: false })
  try {
    const current = await withLock(run.store, { wait: 0, context: bounded }, async () => {
      await recoverInterrupted(run)
      return (await runFailureLadder(run)).current
    })
    return { current, events: run.events }
  } catch (error) {
    if (context.signal.aborted) throw error
    const code = isDefsError(error) ? error.code : 'BUG'
    context.emit({ type: 'note', level: 'warning', text: `the store could not be mended: ${code}` })
    return { current: await asItLies({ ...run, context }), events: run.events }
  } finally {
    joined.release()
  }
}

async function asItLies(run: Run): Promise<Authentic | null> {
  const { current } = await readPointer(run.store)
  return current === null ? null : (await inspectSet(current, run)).proved
}
