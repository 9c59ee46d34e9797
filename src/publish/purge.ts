import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Metadata, MetadataKind } from '@tufjs/models'
import { writeFileAtomic } from '../disk/atomic-file.ts'
import { readForeign } from '../disk/foreign-file.ts'
import { listOf, object } from '../disk/json-shape.ts'
import { readRecordFile } from '../disk/record.ts'
import { storeError } from '../error.ts'
import { setOfFolder } from '../hawking/sets.ts'
import { limits } from '../limits.ts'
import { compareSetNames, type SetName } from '../set-name.ts'
import { audit } from './audit.ts'
import { type Catalog, type Channel, setsOf, writeCatalog } from './catalog.ts'
import { removeOldDatabases } from './mirror.ts'
import type { PublishPaths } from './paths.ts'
import { pickRole } from './picks/pick-role.ts'
import { pickedSets, removeOldPicks } from './picks/place-sets.ts'
import type { Publisher } from './publisher.ts'
import { cardFolder, packagesOf, refreshTree } from './refresh-tree.ts'

/** What purging removed, or would. */
export interface Purged {
  readonly removed: readonly SetName[]
  readonly kept: readonly { readonly set: SetName; readonly why: string }[]
}

/** A rollback needs what a channel offered before its current set, and a second one should that be bad too. */
const rollbackDepth = 2

/** By rule, what stays and why: what a channel offers or may go back to, and the newest `keep`. */
function planPurge({ releases, channels }: Catalog, keep: number, asked: readonly SetName[]): Purged {
  const newest = releases
    .map(({ set }) => set)
    .sort((a, b) => compareSetNames(b, a))
    .slice(0, keep)
  const removed: SetName[] = []
  const kept: { set: SetName; why: string }[] = []
  for (const { set } of releases) {
    const why =
      reasonToKeep(set, Object.values(channels)) ??
      (asked.includes(set) ? 'a ring may go back to it' : null) ??
      (newest.includes(set) ? `newest ${keep}` : null)
    if (why === null) removed.push(set)
    else kept.push({ set, why })
  }
  return { removed, kept }
}

function reasonToKeep(set: SetName, channels: readonly Channel[]): string | null {
  for (const { name, current, earlier, withdrawn } of channels) {
    if (current === set) return `on offer in ${name}`
    // Nobody goes back to what was withdrawn.
    const usable = earlier.filter((one) => !withdrawn.includes(one))
    if (usable.slice(0, rollbackDepth).includes(set)) return `rollback of ${name}`
  }
  return null
}

/** Sets that somebody else asked to keep: those that a ring of a fleet may go back to. */
export async function keepSets(paths: Pick<PublishPaths, 'kept'>, sets: readonly SetName[]): Promise<void> {
  await writeFileAtomic(paths.kept, `${JSON.stringify({ schema: 1, sets })}\n`, 0o600)
}

async function keptSets(paths: PublishPaths): Promise<readonly SetName[]> {
  return (await readRecordFile(paths.kept, keptShape))?.sets ?? []
}

const keptShape = object({
  sets: listOf((value) => (typeof value === 'string' ? setOfFolder(value) : undefined)),
})

/**
 * Removes what the rule does not keep: first nothing names it any more, then its files go. With `dryRun` nothing
 * changes.
 * @throws STORE_*
 */
export async function purge(catalog: Catalog, dryRun: boolean, publisher: Publisher): Promise<Purged> {
  const { paths } = publisher
  const asked = [...(await keptSets(paths)), ...(await pickedSets(paths))]
  const plan = planPurge(catalog, publisher.config.publish.keep, asked)
  if (dryRun) return plan
  if (plan.removed.length > 0) {
    const next = without(catalog, plan.removed)
    await writeCatalog(publisher.paths, next)
    await refreshTree(next, publisher)
    await removeStrays(next, publisher)
    for (const set of plan.removed) {
      await audit(
        publisher.paths,
        { action: 'purged', set, channel: null, from: null, reason: 'publish.keep' },
        publisher.now,
      )
    }
    publisher.report('tree.purged', { reason: plan.removed.join(', ') })
  } else await removeStrays(catalog, publisher)
  return plan
}

/** The catalog without these sets, wherever it names them. */
export function without(catalog: Catalog, removed: readonly SetName[]): Catalog {
  const stays = (set: SetName) => !removed.includes(set)
  const channels = Object.entries(catalog.channels).map(([name, channel]) => [
    name,
    {
      ...channel,
      earlier: channel.earlier.filter(stays),
      // A machine that slept may still have it, as long as nothing newer is on offer.
      withdrawn: channel.withdrawn.filter((set) => stays(set) || compareSetNames(set, channel.current) > 0),
    },
  ])
  return {
    releases: catalog.releases.filter(({ set }) => stays(set)),
    channels: Object.fromEntries(channels),
  }
}

/** Metadata versions that stay, with the indexes they name, for readers who are in the middle of them. */
const versionsKept = 5

/** Names that only we give: packages, and whatever bears its digest in front. */
const ours = /^([0-9a-f]{64}\..+|\d{8}-\d{3}[\w.-]*-[0-9a-f]{12}\.zip)$/

/**
 * Removes files of ours that nothing names: packages of purged sets, indexes and metadata that have been replaced
 * for a while. Files with other names stay.
 * @throws STORE_*
 */
async function removeStrays(catalog: Catalog, { paths }: Publisher): Promise<void> {
  try {
    const named = await removeOldMetadata(paths.metadata)
    for (const channel of Object.values(catalog.channels)) {
      const sets = setsOf(channel)
      const packages = catalog.releases.filter(({ set }) => sets.includes(set)).flatMap(packagesOf)
      for (const { file, sha256 } of packages) named.add(file).add(`${sha256}.${file}`)
      const folder = join(paths.tree, channel.name)
      for (const name of await readdir(folder)) {
        if (ours.test(name) && !named.has(name)) await rm(join(folder, name), { force: true })
      }
      await removeOldDatabases(channel, catalog, paths.tree)
      await removeOldIndexes(paths, channel.name)
    }
    await removeOldPicks(catalog, paths)
    const cards = join(paths.tree, cardFolder)
    for (const name of await readdir(cards).catch(() => [])) {
      if (ours.test(name) && !named.has(name)) await rm(join(cards, name), { force: true })
    }
  } catch (error) {
    throw storeError(error, `purging ${paths.tree}`)
  }
}

/** Returns the names, digest in front, of everything that the remaining versions name. */
async function removeOldMetadata(folder: string): Promise<Set<string>> {
  const named = new Set<string>()
  for (const role of ['targets', 'snapshot', pickRole]) {
    const form = new RegExp(`^(\\d+)\\.${role}\\.json$`)
    const versions = (await readdir(folder)).flatMap((name) => form.exec(name)?.[1] ?? []).map(Number)
    for (const [index, version] of versions.sort((a, b) => b - a).entries()) {
      const path = join(folder, `${version}.${role}.json`)
      if (index >= versionsKept) await rm(path, { force: true })
      else if (role !== 'snapshot') for (const name of await namesIn(path)) named.add(name)
    }
  }
  return named
}

async function namesIn(path: string): Promise<string[]> {
  const { signed } = Metadata.fromJSON(
    MetadataKind.Targets,
    JSON.parse((await readForeign(path, limits.publishText)).bytes.toString()),
  )
  return Object.values(signed.targets).map(
    ({ path: target, hashes }) => `${hashes['sha256']}.${target.slice(target.lastIndexOf('/') + 1)}`,
  )
}

/** Index archives beside the tree but for the newest; one that should be wanted again is signed again. */
async function removeOldIndexes({ indexes }: PublishPaths, channel: string): Promise<void> {
  const names = (await readdir(indexes)).filter((name) => name.replace(/-[0-9a-f]{64}\.zip$/, '') === channel)
  const aged = await Promise.all(
    names.map(async (name) => ({ path: join(indexes, name), at: (await stat(join(indexes, name))).mtimeMs })),
  )
  for (const { path } of aged.sort((a, b) => b.at - a.at).slice(1)) await rm(path, { force: true })
}
