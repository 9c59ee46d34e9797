import { DefsError } from '../../error.ts'
import { readPointer } from '../../hawking/pointer.ts'
import { peekProvenance } from '../../hawking/provenance.ts'
import type { SetName } from '../../set-id.ts'
import { inspectSet } from '../../update/inspect.ts'
import { isOwnSeal } from '../../update/own-seal.ts'
import { beginRun } from '../../update/run.ts'
import type { Studio } from '../studio.ts'
import type { Acquired } from './acquired.ts'
import { reGuard } from './re-guard.ts'

/**
 * A set of the store, the current one by default, proved anew in full. One that the store sealed for itself gets a
 * guard of ours.
 * @throws STORE_NO_DEFINITIONS without any set; the first problem of a damaged one
 */
export async function acquireFromStore(set: SetName | null, studio: Studio): Promise<Acquired> {
  const { config, context } = studio
  const run = await beginRun(config, context, { timeout: null, force: false })
  const wanted = set ?? (await readPointer(run.store)).current
  if (wanted === null) {
    throw new DefsError('STORE_NO_DEFINITIONS', `${run.store.root} holds no current set to be published`)
  }
  const { proved, problems } = await inspectSet(wanted, run)
  if (proved) {
    const source = (await peekProvenance(run.store, wanted))?.source ?? 'store'
    if (await isOwnSeal(proved, run)) return { ...(await reGuard(proved, studio)), source }
    return { authentic: proved, source, discard: async () => {} }
  }
  const [first] = problems
  throw first?.error ?? new DefsError('BUG', `${wanted} is neither proved nor refused`)
}
