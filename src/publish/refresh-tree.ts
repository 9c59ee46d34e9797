import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Key } from '@tufjs/models'
import { digestFile } from '../digest.ts'
import { refuseLink } from '../disk/foreign-file.ts'
import { DefsError, storeError } from '../error.ts'
import { pickedFolder } from '../source/liveupdate/fleet-card.ts'
import { indexName } from '../source/liveupdate/unchanged.ts'
import { type Catalog, type Channel, findRelease, type Packed, type Release, setsOf } from './catalog.ts'
import { indexArchive } from './index-archive.ts'
import { writeMetadata } from './metadata.ts'
import { offerDatabases, placeDatabases } from './mirror.ts'
import { beginPicks, delegatedKey, newestPicks } from './picks/pick-role.ts'
import { pickable } from './picks/place-sets.ts'
import { placeFile, placeOver } from './place-file.ts'
import type { Publisher } from './publisher.ts'
import type { Target } from './target.ts'

/** The index of everything, for clients that do not know our small one. */
const bigIndex = 'livetri.zip'
const miniTri = 'minitri.flg'

/** Where a new package waits to be placed, by its file name. */
export type Fresh = ReadonlyMap<string, string>

/** The small files of a channel, which change: by name, where their bytes are. */
type Changing = ReadonlyMap<string, string>

/**
 * Makes the tree what the catalog says. A reader never sees half a release: packages and everything under a
 * versioned name first, the indexes next by rename, the timestamp last. Safe to repeat; a run that was cut short
 * is finished by the next one.
 * @throws STORE_*
 */
export async function refreshTree(catalog: Catalog, publisher: Publisher): Promise<void> {
  const { paths, keys, config, now } = publisher
  const targets: Target[] = []
  const indexes: [channel: Channel, files: Changing][] = []
  for (const channel of Object.values(catalog.channels)) {
    for (const set of setsOf(channel)) {
      const release = findRelease(catalog, set)
      await placeRelease(release, channel.name, catalog, new Map(), publisher)
      targets.push(...packagesOf(release).map((packed) => packageTarget(packed, channel.name)))
    }
    const files = await indexFiles(findRelease(catalog, channel.current), channel, publisher)
    for (const [name, from] of files) {
      const target = await targetOf(`${channel.name}/${name}`, from)
      await placeFile(from, join(paths.tree, channel.name, `${target.sha256}.${name}`), config.store.reserve)
      targets.push(target)
    }
    indexes.push([channel, files])
  }
  const delegated = await delegatedKey(paths.keys)
  if (delegated !== null) await placeSets(catalog, targets, publisher)
  if (delegated !== null && keys.picks !== null) await beginPicks(paths, keys.picks, now)
  const cards = await placeCards(publisher, targets, delegated)
  const announce = await writeMetadata(paths, keys, targets, { now, life: config.publish.life, delegated })
  for (const [channel, files] of indexes) {
    for (const [name, from] of files)
      await placeOver(from, join(paths.tree, channel.name, name), config.store.reserve)
    await offerDatabases(findRelease(catalog, channel.current), channel.name, publisher)
  }
  for (const name of cards)
    await placeOver(join(paths.cards, name), join(paths.tree, cardFolder, name), config.store.reserve)
  await announce()
}

/** Folder of the tree that holds the cards of fleets. */
export const cardFolder = 'fleet'

/** Puts each set that a fleet may pick into a folder of its own, with an index that is about it alone. */
async function placeSets(catalog: Catalog, targets: Target[], publisher: Publisher): Promise<void> {
  const { paths, keys, config } = publisher
  for (const release of pickable(catalog)) {
    const folder = pickedFolder(release.set)
    await placeRelease(release, folder, catalog, new Map(), publisher)
    for (const packed of packagesOf(release))
      targets.push({ path: `${folder}${packed.file}`, bytes: packed.bytes, sha256: packed.sha256 })
    const about = { name: `set-${release.set}`, since: release.publishedAt, statement: null }
    const making = { signer: keys.guard, paths, maxAge: null }
    const index = await indexArchive(release, about, config.publish, making)
    const target = await targetOf(`${folder}${bigIndex}`, index)
    await placeFile(index, join(paths.tree, folder, `${target.sha256}.${bigIndex}`), config.store.reserve)
    targets.push(target)
  }
}

/**
 * Puts the cards under the names that TUF clients ask for, and among the targets; a card that the delegated role has
 * named is that role's. @returns their plain names
 */
async function placeCards(
  { paths, config }: Publisher,
  targets: Target[],
  delegated: Key | null,
): Promise<string[]> {
  const picks = delegated && (await newestPicks(paths, delegated))
  const named = new Set(Object.keys(picks?.metadata.signed.targets ?? {}))
  const own = (name: string) => /^[\w-]+\.json$/.test(name) && !named.has(`${cardFolder}/${name}`)
  const names = (await readdir(paths.cards)).filter(own)
  if (names.length > 0) await makeChannel(join(paths.tree, cardFolder))
  for (const name of names) {
    const target = await targetOf(`${cardFolder}/${name}`, join(paths.cards, name))
    const place = join(paths.tree, cardFolder, `${target.sha256}.${name}`)
    await placeFile(join(paths.cards, name), place, config.store.reserve)
    targets.push(target)
  }
  return names
}

/**
 * Puts the packages of a set into a channel, under their own names and under those that TUF clients ask for. No
 * index names them yet.
 * @throws STORE_*
 */
export async function placeRelease(
  release: Release,
  channel: string,
  catalog: Catalog,
  fresh: Fresh,
  publisher: Publisher,
): Promise<void> {
  const { paths, config } = publisher
  const folder = join(paths.tree, channel)
  await makeChannel(folder)
  for (const packed of packagesOf(release)) {
    const from = fresh.get(packed.file) ?? findPackage(packed, catalog, paths.tree)
    await placeFile(from, join(folder, `${packed.sha256}.${packed.file}`), config.store.reserve)
    await placeFile(from, join(folder, packed.file), config.store.reserve)
  }
  await placeDatabases(release, channel, catalog, fresh, publisher)
}

function packageTarget({ file, bytes, sha256 }: Packed, channel: string): Target {
  return { path: `${channel}/${file}`, bytes, sha256 }
}

/** The packages of a set: the full one and every incremental one. */
export function packagesOf(release: Release): readonly Packed[] {
  return [release.full, ...release.steps]
}

/** The file of a package, in whichever channel has it. @throws STORE_IO when none has */
export function findPackage(packed: Packed, catalog: Catalog, tree: string): string {
  const found = lookForPackage(packed, catalog, tree)
  if (found) return found
  const { file } = packed
  const message = `${file} is missing from ${tree}: restore it, or publish its set again`
  throw new DefsError('STORE_IO', message, { path: file })
}

/** The same; undefined when none has it. */
export function lookForPackage({ file }: Packed, { channels }: Catalog, tree: string): string | undefined {
  return Object.keys(channels)
    .map((channel) => join(tree, channel, file))
    .find((path) => existsSync(path))
}

async function indexFiles(release: Release, channel: Channel, publisher: Publisher): Promise<Changing> {
  const { paths, keys, config } = publisher
  const index = await indexArchive(release, channel, config.publish, {
    signer: keys.guard,
    paths,
    maxAge:
      config.fleet?.controller?.policy.rings.find((ring) => ring.channel === channel.name)?.maxAge ?? null,
  })
  const mini = join(paths.indexes, miniTri)
  if (!existsSync(mini)) await writeFile(mini, ' ', { mode: 0o644 })
  return new Map([
    [miniTri, mini],
    [bigIndex, index],
    [indexName(config.publish), index],
  ])
}

async function targetOf(path: string, file: string): Promise<Target> {
  const { bytes, hashing } = await digestFile(file, ['sha256'])
  return { path, bytes, sha256: hashing.finish('sha256') ?? '' }
}

async function makeChannel(path: string): Promise<void> {
  await refuseLink(path)
  try {
    await mkdir(path, { recursive: true, mode: 0o755 })
  } catch (error) {
    throw storeError(error, `making ${path}`)
  }
}
