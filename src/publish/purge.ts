import { compareSetNames, type SetName } from '../set-id.ts'
import { audit } from './audit.ts'
import type { Catalog, Channel } from './catalog.ts'
import { writeCatalog } from './catalog.ts'
import { refreshTree } from './refresh-tree.ts'
import { removeStrays } from './remove-strays.ts'
import type { Studio } from './studio.ts'

/** What purging removed, or would. */
export interface Purged {
  readonly removed: readonly SetName[]
  readonly kept: readonly { readonly set: SetName; readonly why: string }[]
}

/** A rollback needs what a channel offered before its current set, and a second one should that be bad too. */
const rollbackDepth = 2

/** By rule, what stays and why: what a channel offers or may go back to, and the newest `keep`. */
function planPurge({ releases, channels }: Catalog, keep: number): Purged {
  const newest = releases
    .map(({ set }) => set)
    .sort((a, b) => compareSetNames(b, a))
    .slice(0, keep)
  const removed: SetName[] = []
  const kept: { set: SetName; why: string }[] = []
  for (const { set } of releases) {
    const why = reasonToKeep(set, Object.values(channels)) ?? (newest.includes(set) ? `newest ${keep}` : null)
    if (why === null) removed.push(set)
    else kept.push({ set, why })
  }
  return { removed, kept }
}

function reasonToKeep(set: SetName, channels: readonly Channel[]): string | null {
  for (const { name, current, earlier } of channels) {
    if (current === set) return `on offer in ${name}`
    if (earlier.slice(0, rollbackDepth).includes(set)) return `rollback of ${name}`
  }
  return null
}

/**
 * Removes what the rule does not keep: first nothing names it any more, then its files go. With `dryRun` nothing
 * changes.
 * @throws STORE_*
 */
export async function purge(catalog: Catalog, dryRun: boolean, studio: Studio): Promise<Purged> {
  const plan = planPurge(catalog, studio.config.publish.keep)
  if (dryRun) return plan
  if (plan.removed.length > 0) {
    const next = without(catalog, plan.removed)
    await writeCatalog(studio.desk, next)
    await refreshTree(next, studio)
    await removeStrays(next, studio)
    for (const set of plan.removed) {
      await audit(
        studio.desk,
        { action: 'purged', set, channel: null, from: null, reason: 'publish.keep' },
        studio.now,
      )
    }
    studio.report('tree.purged', { reason: plan.removed.join(', ') })
  } else await removeStrays(catalog, studio)
  return plan
}

function without(catalog: Catalog, removed: readonly SetName[]): Catalog {
  const stays = (set: SetName) => !removed.includes(set)
  const channels = Object.entries(catalog.channels).map(([name, channel]) => [
    name,
    { ...channel, earlier: channel.earlier.filter(stays), withdrawn: channel.withdrawn.filter(stays) },
  ])
  return {
    releases: catalog.releases.filter(({ set }) => stays(set)),
    channels: Object.fromEntries(channels),
  }
}
