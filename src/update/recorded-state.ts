import { readPointer } from '../hawking/pointer.ts'
import { readBars, readHolds, readProvenance } from '../hawking/state.ts'
import type { Store } from '../hawking/store.ts'
import type { UpdateState } from './state.ts'

/** The state as it was recorded, no file of a set being read: enough to ask, not to take. */
export async function recordedState(run: {
  readonly store: Store
  readonly startedAt: Date
}): Promise<UpdateState> {
  const { current } = await readPointer(run.store)
  const provenance = current === null ? null : await readProvenance(run.store, current)
  return {
    current: current === null ? null : { set: current, sequence: provenance?.sequence ?? null },
    holds: await readHolds(run.store),
    bars: await readBars(run.store),
    now: run.startedAt,
    force: false,
    allow: null,
  }
}
