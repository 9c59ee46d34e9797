import { freeSpace } from '../hawking/free-space.ts'
import { readHolds } from '../hawking/holds-and-bars.ts'
import { prune } from '../hawking/prune.ts'
import { isHeld } from '../hawking/records.ts'
import { recover } from '../hawking/recover.ts'
import type { Run } from './run.ts'

/** Share of the disk below which an alarm is due (seed 003). */
const lowDisk = 0.1

/** Finishes or undoes what an earlier, interrupted run left, and says so. */
export async function mend(run: Run): Promise<void> {
  for (const finding of await recover(run.store, run.config.product)) {
    run.report('store.recovered', { path: finding.path, reason: finding.message })
  }
}

/** Leaves no more sets than configured, and warns when the disk is nearly full. */
export async function tidy(run: Run): Promise<void> {
  const now = run.context.now()
  const held = (await readHolds(run.store)).filter((hold) => isHeld(hold, now)).map((hold) => hold.set)
  const inUse = await run.scanner.inUse()
  await prune(run.store, run.config.store.keep, inUse ? [...held, inUse] : held)
  const { fraction } = await freeSpace(run.store.root)
  if (fraction < lowDisk) run.report('disk.low', { path: run.store.root })
}
