import { openPackage } from '../../archive/open.ts'
import { DefsError } from '../../error.ts'
import { discard, fetchPackage } from '../../fetch/fetch.ts'
import { withLock } from '../../hawking/lock.ts'
import { prepareStore } from '../../hawking/prepare.ts'
import { makeWorkspace } from '../../hawking/workspace.ts'
import { authenticate } from '../../trust/authenticate.ts'
import { openingOf, placeOf } from '../../update/bounds.ts'
import { connectSource, inquire, remember } from '../../update/inquire.ts'
import { assertLicensed } from '../../update/licensed.ts'
import { routeOf } from '../../update/route.ts'
import { beginRun, type Run } from '../../update/run.ts'
import type { Studio } from '../studio.ts'
import type { Acquired } from './acquired.ts'

/**
 * What a configured source offers, fetched and proved as an update would, but not installed: a mirror of the
 * vendor. Null when the source has nothing to offer.
 * @throws what asking, fetching, opening and proving throw
 */
export async function acquireFromSource(name: string, { config, context }: Studio): Promise<Acquired | null> {
  const run = await beginRun(config, context, { timeout: null, force: false })
  await prepareStore(run.store, config.store.group)
  return withLock(run.store, { wait: config.network.deadline, context }, () => mirror(name, run))
}

async function mirror(name: string, run: Run): Promise<Acquired | null> {
  await assertLicensed(run)
  const [config] = routeOf(run.config, name)
  if (!config) throw new DefsError('USAGE_ARGUMENT', `no source is called '${name}'`)
  const source = await connectSource(config, run)
  const workspace = await makeWorkspace(run.store)
  try {
    const offer = await inquire(source, run)
    await remember(source.name, run, { offer })
    if ('nothing' in offer) {
      await workspace.remove()
      return null
    }
    const fetched = await fetchPackage(offer, placeOf(run), run.context, run.signal)
    try {
      const opened = await openPackage(fetched.file, workspace.set, openingOf(run))
      const authentic = authenticate(opened, offer, run.trust)
      return { authentic, source: source.name, discard: () => workspace.remove() }
    } finally {
      await discard(fetched)
    }
  } catch (error) {
    await workspace.remove()
    throw error
  } finally {
    await source.close()
  }
}
