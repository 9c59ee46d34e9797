import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Metadata, MetadataKind } from '@tufjs/models'
import { storeError } from '../error.ts'
import { type Catalog, setsOf } from './catalog.ts'
import { removeOldDatabases } from './databases.ts'
import type { Desk } from './desk.ts'
import { packagesOf } from './refresh-tree.ts'
import type { Studio } from './studio.ts'

/** Metadata versions that stay, with the indexes they name, for readers who are in the middle of them. */
const versionsKept = 5

/** Names that only we give: packages, and whatever bears its digest in front. */
const ours = /^([0-9a-f]{64}\..+|\d{8}-\d{3}[\w.-]*-[0-9a-f]{12}\.zip)$/

/**
 * Removes files of ours that nothing names: packages of purged sets, indexes and metadata that have been replaced
 * for a while. Files with other names stay.
 * @throws STORE_*
 */
export async function removeStrays(catalog: Catalog, { desk }: Studio): Promise<void> {
  try {
    const named = await removeOldMetadata(desk.metadata)
    for (const channel of Object.values(catalog.channels)) {
      const sets = setsOf(channel)
      const packages = catalog.releases.filter(({ set }) => sets.includes(set)).flatMap(packagesOf)
      for (const { file, sha256 } of packages) named.add(file).add(`${sha256}.${file}`)
      const folder = join(desk.tree, channel.name)
      for (const name of await readdir(folder)) {
        if (ours.test(name) && !named.has(name)) await rm(join(folder, name), { force: true })
      }
      await removeOldDatabases(channel, catalog, desk.tree)
      await removeOldIndexes(desk, channel.name)
    }
  } catch (error) {
    throw storeError(error, `purging ${desk.tree}`)
  }
}

/** Returns the names, digest in front, of everything that the remaining versions name. */
async function removeOldMetadata(folder: string): Promise<Set<string>> {
  const named = new Set<string>()
  for (const role of ['targets', 'snapshot']) {
    const form = new RegExp(`^(\\d+)\\.${role}\\.json$`)
    const versions = (await readdir(folder)).flatMap((name) => form.exec(name)?.[1] ?? []).map(Number)
    for (const [index, version] of versions.sort((a, b) => b - a).entries()) {
      const path = join(folder, `${version}.${role}.json`)
      if (index >= versionsKept) await rm(path, { force: true })
      else if (role === 'targets') for (const name of await namesIn(path)) named.add(name)
    }
  }
  return named
}

async function namesIn(path: string): Promise<string[]> {
  const { signed } = Metadata.fromJSON(MetadataKind.Targets, JSON.parse(await readFile(path, 'utf8')))
  return Object.values(signed.targets).map(
    ({ path: target, hashes }) => `${hashes['sha256']}.${target.slice(target.indexOf('/') + 1)}`,
  )
}

/** Index archives beside the tree but for the newest; one that should be wanted again is signed again. */
async function removeOldIndexes({ indexes }: Desk, channel: string): Promise<void> {
  const names = (await readdir(indexes)).filter((name) => name.replace(/-[0-9a-f]{64}\.zip$/, '') === channel)
  const aged = await Promise.all(
    names.map(async (name) => ({ path: join(indexes, name), at: (await stat(join(indexes, name))).mtimeMs })),
  )
  for (const { path } of aged.sort((a, b) => b.at - a.at).slice(1)) await rm(path, { force: true })
}
