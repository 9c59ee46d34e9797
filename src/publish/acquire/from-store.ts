import { DefsError } from '../../error.ts'
import { readPointer } from '../../hawking/pointer.ts'
import { peekProvenance } from '../../hawking/provenance.ts'
import type { SetName } from '../../set-id.ts'
import { inspectSet } from '../../update/inspect.ts'
import { beginRun } from '../../update/run.ts'
import type { Studio } from '../studio.ts'
import type { Acquired } from './acquired.ts'

/**
 * A set of the store, the current one by default, proved anew in full.
 * @throws STORE_NO_DEFINITIONS without any set; the first problem of a damaged one
 */
export async function acquireFromStore(set: SetName | null, { config, context }: Studio): Promise<Acquired> {
  const run = await beginRun(config, context, { timeout: null, force: false })
  const wanted = set ?? (await readPointer(run.store)).current
  if (wanted === null) {
    throw new DefsError('STORE_NO_DEFINITIONS', `${run.store.root} holds no current set to be published`)
  }
  const { proved, problems } = await inspectSet(wanted, run)
  if (proved) {
    const source = (await peekProvenance(run.store, wanted))?.source ?? 'store'
    return { authentic: proved, source, discard: async () => {} }
  }
  const [first] = problems
  throw first?.error ?? new DefsError('BUG', `${wanted} is neither proved nor refused`)
}
