import { readPointer } from '../hawking/pointer.ts'
import { allowedAge, readBars, readHolds, readProvenance } from '../hawking/state.ts'
import type { Store } from '../hawking/store.ts'
import { ageOf } from '../set-name.ts'
import type { Run } from './run.ts'
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
    made: provenance,
    holds: await readHolds(run.store),
    bars: await readBars(run.store),
    now: run.startedAt,
    force: false,
    allow: null,
  }
}

/** Whether there is no current set, or one that is older than allowed: then more than one host is asked for a newer one. */
export async function isOutdated(
  { current, now }: Pick<UpdateState, 'current' | 'now'>,
  { config, store }: Pick<Run, 'config' | 'store'>,
): Promise<boolean> {
  return current === null || ageOf(current.set, now) > (await allowedAge(config, store))
}
