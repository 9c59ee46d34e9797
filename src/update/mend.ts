import { freeSpace } from '../hawking/free-space.ts'
import { readHolds } from '../hawking/holds-and-bars.ts'
import { foreignPointer } from '../hawking/pointer-record.ts'
import { prune } from '../hawking/prune.ts'
import { recover } from '../hawking/recover.ts'
import { limits } from '../limits.ts'
import { protectedSets } from './protected-sets.ts'
import type { Run } from './run.ts'

/** Finishes or undoes what an earlier, interrupted run left, and says so. */
export async function mend(run: Run): Promise<void> {
  await watchWriters(run)
  for (const { code, path, message, repaired } of await recover(run.store, run.config.product)) {
    // The record of a set that is gone is swept like any leftover of ours; the set itself is the ladder's business.
    if (code === 'record-orphaned') run.context.emit({ type: 'note', level: 'debug', text: message })
    else if (repaired) run.report('store.recovered', { path, reason: message })
    // A pointer to nothing is the failure ladder's business, which follows.
    else run.context.emit({ type: 'note', level: 'warning', text: message })
  }
}

/** Two products that update one store undo each other's work; here it is only told. */
async function watchWriters({ store, report }: Run): Promise<void> {
  const foreign = await foreignPointer(store)
  if (!foreign) return
  const reason = `definfo.dat names ${foreign.theirs} where we had made ${foreign.ours} current`
  report('store.other-writer', { set: foreign.theirs, path: store.definfo, reason })
}

/** Leaves no more sets than configured, and warns when the disk is nearly full. */
export async function tidy(run: Run): Promise<void> {
  const now = run.context.now()
  const further = protectedSets(await readHolds(run.store), await run.scanner.inUse(), now)
  await prune(run.store, { keep: run.config.store.keep, further })
  const { fraction } = await freeSpace(run.store.root)
  if (fraction < limits.lowDisk) run.report('disk.low', { path: run.store.root })
}
