import { writeBars } from '../hawking/holds-and-bars.ts'
import type { SetName } from '../set-id.ts'
import type { Run } from './run.ts'
import type { Situated } from './situation.ts'

/** Lifts the bar on a set that was taken because the user said so, with `--allow` or `--force`. */
export async function unbar(set: SetName, { bars, force, allow }: Situated, run: Run): Promise<void> {
  if (!force && allow !== set) return
  const others = bars.filter((bar) => bar.set !== set)
  if (others.length < bars.length) await writeBars(run.store, others)
}
