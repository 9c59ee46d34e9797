import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readForeign } from '../../disk/foreign-file.ts'
import { limits } from '../../limits.ts'
import { readSetName, type SetName } from '../../set-name.ts'
import { pickedFolder, readCard } from '../../source/liveupdate/fleet-card.ts'
import { type Catalog, findRelease, type Release, setsOf, testing } from '../catalog.ts'
import type { PublishPaths } from '../paths.ts'
import { delegatedKey, newestPicks } from './pick-role.ts'

/**
 * The sets that a fleet may pick among: those that some channel but `testing` offers or has offered, and has not
 * withdrawn. Their signing is the publisher's word that any ring may have them.
 */
export function pickable(catalog: Catalog): Release[] {
  const sets = new Set<SetName>()
  const withdrawn = new Set<SetName>()
  for (const channel of Object.values(catalog.channels)) {
    if (channel.name === testing) continue
    for (const set of setsOf(channel)) sets.add(set)
    for (const set of channel.withdrawn) withdrawn.add(set)
  }
  return [...sets].filter((set) => !withdrawn.has(set)).map((set) => findRelease(catalog, set))
}

/** The sets that rings take now, as the cards of the delegated role say. */
export async function pickedSets(paths: PublishPaths): Promise<SetName[]> {
  const key = await delegatedKey(paths.keys)
  const picks = key && (await newestPicks(paths, key))
  const sets: SetName[] = []
  for (const [path, { hashes }] of Object.entries(picks?.metadata.signed.targets ?? {})) {
    const name = path.slice(path.indexOf('/') + 1)
    try {
      const { bytes } = await readForeign(
        join(paths.tree, 'fleet', `${hashes['sha256']}.${name}`),
        limits.fleetCard,
      )
      for (const { pick } of readCard(bytes, name.replace(/\.json$/, '')).rings) if (pick) sets.push(pick.set)
    } catch {
      // What is no card picks nothing.
    }
  }
  return sets
}

/** Removes the folders of sets that nobody may pick any more. */
export async function removeOldPicks(catalog: Catalog, { tree }: PublishPaths): Promise<void> {
  const stay = new Set(pickable(catalog).map(({ set }) => set))
  const folder = join(tree, pickedFolder('' as SetName))
  for (const name of await readdir(folder).catch(() => [])) {
    const set = readSetName(name)
    if (set === name && !stay.has(set)) await rm(join(folder, name), { recursive: true, force: true })
  }
}
