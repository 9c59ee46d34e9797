import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { readCatalog } from './catalog.ts'
import { type Purged, purge } from './purge.ts'
import { refreshTree } from './refresh-tree.ts'
import { inStudio, type StudioRequest } from './studio.ts'

/**
 * Signs what is published anew, so that clients do not take the server for frozen, and finishes what a run that was
 * cut short left. To be run well within `publish.life`; `serve` does it by itself when it has the keys.
 * @throws KEYS_*, STORE_*
 */
export function renew(request: StudioRequest, config: Config, context: Context): Promise<void> {
  return inStudio(request, config, context, async (studio) => {
    await refreshTree(await readCatalog(studio.desk), studio)
  })
}

/** Removes published sets by rule; with `dryRun` only says which. @throws KEYS_*, STORE_* */
export function purgeTree(
  request: StudioRequest & { readonly dryRun: boolean },
  config: Config,
  context: Context,
): Promise<Purged> {
  return inStudio(request, config, context, async (studio) =>
    purge(await readCatalog(studio.desk), request.dryRun, studio),
  )
}
