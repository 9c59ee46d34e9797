import { existsSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { describeError } from '../error.ts'
import { readCatalog } from './catalog.ts'
import { type PublishPaths, publishPaths } from './paths.ts'
import { arePicksWaiting } from './picks/pick-role.ts'
import { promoteDue } from './promote.ts'
import type { PublisherRequest } from './publisher.ts'
import { type Purged, purge } from './purge.ts'
import { refreshTree } from './refresh-tree.ts'
import { withPublisher } from './with-publisher.ts'

/**
 * Signs what is published anew, so that clients do not take the server for frozen, and finishes what a run that was
 * cut short left. To be run well within `publish.life`; `serve` does it by itself when it has the keys.
 * @throws KEYS_*, STORE_*
 */
export function renew(request: PublisherRequest, config: Config, context: Context): Promise<void> {
  return withPublisher(request, config, context, async (publisher) => {
    await refreshTree(await readCatalog(publisher.paths), publisher)
  })
}

/** Removes published sets by rule; with `dryRun` only says which. @throws KEYS_*, STORE_* */
export function purgeTree(
  request: PublisherRequest & { readonly dryRun: boolean },
  config: Config,
  context: Context,
): Promise<Purged> {
  return withPublisher(request, config, context, async (publisher) =>
    purge(await readCatalog(publisher.paths), request.dryRun, publisher),
  )
}

/** Longest pause between two looks at what is due. Milliseconds. */
const most = 60 * 60 * 1000

/** How often a tree is looked after, so that clients never take its server for frozen. Milliseconds. */
export function freshenEvery({ publish }: Config): number {
  return Math.min(most, publish.life / 4)
}

/**
 * Promotes what has soaked long enough, and signs anew. A failure is told and ends nothing. Does nothing where
 * nothing is published or the keys are not: a machine that only serves has none, and the one that has them signs.
 */
export async function freshen(request: PublisherRequest, config: Config, context: Context): Promise<void> {
  const { keys, catalog } = publishPaths(config, request.to)
  if (!existsSync(keys.roots) || !existsSync(catalog)) return
  try {
    if ((await promoteDue(request, config, context)) === null) await renew(request, config, context)
  } catch (error) {
    if (context.signal.aborted) return
    const text = `the published tree was not signed anew: ${describeError(error)}`
    context.emit({ type: 'note', level: 'warning', text })
  }
}

/** Looks after the tree while it is served; what a fleet picks is shown to its hosts at once. */
export async function keepFresh(request: PublisherRequest, config: Config, context: Context): Promise<void> {
  const paths = publishPaths(config, request.to)
  while (!context.signal.aborted) {
    await freshen(request, config, context)
    const pause = freshenEvery(config)
    for (let waited = 0; waited < pause && !context.signal.aborted; waited += lookEvery) {
      await context.sleep(Math.min(lookEvery, pause - waited), context.signal).catch(() => undefined)
      if (await picksWait(paths)) break
    }
  }
}

/** How often it is looked whether a fleet has picked. Milliseconds. */
const lookEvery = 1000

/** Whether a fleet has picked something that hosts cannot see yet; what cannot be read is none of this. */
export async function picksWait(paths: PublishPaths): Promise<boolean> {
  return arePicksWaiting(paths).catch(() => false)
}
