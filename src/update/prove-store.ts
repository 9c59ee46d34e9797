import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { isDefsError } from '../error.ts'
import { withLock } from '../hawking/lock.ts'
import { readPointer } from '../hawking/pointer.ts'
import type { Authentic } from '../trust/authentic.ts'
import { inspectSet } from './inspect.ts'
import { climbLadder } from './ladder.ts'
import { mend } from './mend.ts'
import { beginRun, type Run } from './run.ts'

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
 * @param bound ends the mending; the proof itself takes the time it takes
 * @throws TRUST_ANCHORS, INTERRUPTED
 */
export async function proveStore(config: Config, context: Context, bound: AbortSignal): Promise<StoreProof> {
  const bounded = { ...context, signal: AbortSignal.any([context.signal, bound]) }
  const run = await beginRun(config, bounded, { timeout: null, force: false })
  try {
    const current = await withLock(run.store, { wait: 0, context: bounded }, async () => {
      await mend(run)
      return (await climbLadder(run)).current
    })
    return { current, events: run.events }
  } catch (error) {
    if (context.signal.aborted) throw error
    const code = isDefsError(error) ? error.code : 'BUG'
    context.emit({ type: 'note', level: 'warning', text: `the store could not be mended: ${code}` })
    return { current: await asItLies({ ...run, context }), events: run.events }
  }
}

async function asItLies(run: Run): Promise<Authentic | null> {
  const { current } = await readPointer(run.store)
  return current === null ? null : (await inspectSet(current, run)).proved
}
