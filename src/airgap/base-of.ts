import { DefsError } from '../error.ts'
import { listSets } from '../hawking/sets.ts'
import type { Authentic } from '../trust/authentic.ts'
import { inspectSet } from '../update/inspect.ts'
import type { Run } from '../update/run.ts'
import type { Statement } from './statement.ts'

/**
 * The set on this machine that a bundle starts from, proved; null when the bundle is whole.
 * @param known a set that this run has proved already
 * @throws STORE_UNKNOWN_SET when it is not here or damaged
 */
export async function baseOf(
  { set, base }: Statement,
  known: Authentic | null,
  run: Run,
): Promise<Authentic | null> {
  if (base === null) return null
  if (known?.set === base) return known
  const onDisk = await listSets(run.store)
  const found = onDisk.includes(base) ? await inspectSet(base, run) : null
  if (found?.proved) return found.proved
  const state = found ? 'is damaged on this machine' : 'is not on this machine'
  const text = `the bundle of ${set} starts from ${base}, which ${state}: export a whole one, or one for ${onDisk.join(', ') || 'nothing'}`
  throw new DefsError('STORE_UNKNOWN_SET', text, { path: base })
}
