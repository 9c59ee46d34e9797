import { writeBars } from '../hawking/holds-and-bars.ts'
import type { Bar } from '../hawking/record.ts'
import { compareSetNames, type SetName } from '../set-id.ts'
import type { Run } from './run.ts'
import type { Situated } from './situation.ts'

/**
 * Lifts the bars that have had their day: the one on a set that was taken because the user said so, with `--allow`
 * or `--force`, and those that the gate put up to this set.
 */
export async function unbar(set: SetName, { bars, force, allow }: Situated, run: Run): Promise<void> {
  const meant = force || allow === set
  const others = bars.filter((bar) => !(meant && bar.set === set) && !isSuperseded(bar, set))
  if (others.length < bars.length) await writeBars(run.store, others)
}

function isSuperseded({ set, checks }: Bar, by: SetName): boolean {
  return Boolean(checks) && compareSetNames(set, by) <= 0
}
