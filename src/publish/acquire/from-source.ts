import { DefsError } from '../../error.ts'
import { withLock } from '../../hawking/lock.ts'
import { readPointer } from '../../hawking/pointer.ts'
import { prepareStore } from '../../hawking/prepare.ts'
import type { Offer } from '../../source/source.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { bring } from '../../update/bring.ts'
import { connectSource, inquire, remember } from '../../update/inquire.ts'
import { inspectSet } from '../../update/inspect.ts'
import { assertLicensed } from '../../update/licensed.ts'
import { routeOf } from '../../update/route.ts'
import { beginRun, type Run } from '../../update/run.ts'
import type { Studio } from '../studio.ts'
import type { Acquired } from './acquired.ts'
import { reGuard } from './re-guard.ts'

/**
 * What a configured source offers, fetched and proved as an update would, but not installed: a mirror of the
 * vendor. Null when the source has nothing to offer.
 * @throws what asking, fetching, opening and proving throw
 */
export async function acquireFromSource(name: string, studio: Studio): Promise<Acquired | null> {
  const { config, context } = studio
  const run = await beginRun(config, context, { timeout: null, force: false })
  await prepareStore(run.store, config.store.group)
  return withLock(run.store, { wait: config.network.deadline, context }, () => mirror(name, run, studio))
}

async function mirror(name: string, run: Run, studio: Studio): Promise<Acquired | null> {
  await assertLicensed(run)
  const [config] = routeOf(run.config, name)
  if (!config) throw new DefsError('USAGE_ARGUMENT', `no source is called '${name}'`)
  const source = await connectSource(config, run)
  try {
    const offer = await inquire(source, run)
    await remember(source.name, run, { offer })
    if ('nothing' in offer) return null
    const { authentic, release } = await bring(offer, await baseFor(offer, run), run)
    if (!offer.unguarded) return { authentic, source: source.name, discard: release }
    try {
      return { ...(await reGuard(authentic, studio)), source: source.name }
    } finally {
      await release()
    }
  } finally {
    await source.close()
  }
}

/** Databases start from those of the store's current set; packages are mirrored as they are published. */
async function baseFor({ unguarded }: Offer, run: Run): Promise<Authentic | null> {
  const { current } = await readPointer(run.store)
  if (unguarded?.kind !== 'clamav' || current === null) return null
  return (await inspectSet(current, run)).proved
}
