import { chmod, copyFile, mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestFile } from '../../digest.ts'
import { assertSpace } from '../../disk/free-space.ts'
import { describeError, isDefsError, storeError } from '../../error.ts'
import type { ProvedDatabase } from '../../hawking/records.ts'
import { limits } from '../../limits.ts'
import type { Authentic } from '../../trust/authentic.ts'
import type { DatabaseJob } from '../../update/acquire/database-job.ts'
import { fetchPatch } from '../../update/acquire/patch-database.ts'
import type { Catalog, MirroredDatabase, MirroredFile } from '../catalog.ts'
import { findMirrored, knownFile } from '../mirror.ts'
import type { Publisher } from '../publisher.ts'

/** What a ClamAV mirror is to have, and where the files lie that the tree has not yet. */
export interface Mirrored {
  readonly databases: readonly MirroredDatabase[]
  readonly files: ReadonlyMap<string, string>
}

/** What making one mirror shares. */
interface Making {
  readonly catalog: Catalog
  readonly publisher: Publisher
  readonly job: DatabaseJob
  readonly folder: string
  readonly files: Map<string, string>
}

/**
 * Gathers what `freshclam` asks a mirror for: each database whole, the patches that lead to it from each of the last
 * `publish.incremental` versions, and the `.sign` of each. All of it is proved: the databases were, each patch is here.
 * @param folder a new one of the publisher's, on the file system of the tree
 * @throws SOURCE_*, STORE_*, INTERRUPTED
 */
export async function mirrorDatabases(
  proved: readonly ProvedDatabase[],
  authentic: Authentic,
  catalog: Catalog,
  folder: string,
  job: DatabaseJob,
  publisher: Publisher,
): Promise<Mirrored> {
  const making: Making = { catalog, publisher, job, folder, files: new Map() }
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const databases: MirroredDatabase[] = []
    for (const one of proved) databases.push(await mirrorDatabase(one, authentic, making))
    return { databases, files: making.files }
  } catch (error) {
    throw storeError(error, 'gathering databases for the mirror')
  }
}

async function mirrorDatabase(
  { name, version }: ProvedDatabase,
  { directory, files }: Authentic,
  making: Making,
): Promise<MirroredDatabase> {
  const ending = files.some((file) => file.name === `${name}.cvd`) ? 'cvd' : 'cld'
  const stem = `${name}-${version}.${ending}`
  const mirrored: MirroredFile[] = []
  for (const file of files.filter((one) => one.name === `${name}.${ending}` || one.name === `${stem}.sign`)) {
    const as = file.name === `${name}.${ending}` ? stem : file.name
    const to = join(making.folder, as)
    assertSpace(making.folder, file.bytes, making.publisher.config.store.reserve)
    await copyFile(join(directory, file.name), to)
    mirrored.push(await kept(as, to, making))
  }
  for (let at = version; at > version - making.publisher.config.publish.incremental && at > 1; at--) {
    const patch = await mirrorPatch(name, at, making)
    if (patch === null) break
    mirrored.push(...patch)
  }
  return { name, version, ending, files: mirrored }
}

/** Null when there is none, or none that is any good: clients take the whole database instead. */
async function mirrorPatch(name: string, version: number, making: Making): Promise<MirroredFile[] | null> {
  const { catalog, publisher, job, folder } = making
  const file = `${name}-${version}.cdiff`
  const known = [file, `${file}.sign`].flatMap((one) => knownFile(one, catalog) ?? [])
  const there = known.every((one) =>
    findMirrored(one.file, Object.keys(catalog.channels), publisher.paths.tree),
  )
  if (known[0]?.file === file && there) return known
  try {
    const { patch, sign } = await fetchPatch(name, version, limits.databasePatch, job)
    const path = join(folder, file)
    assertSpace(folder, patch.bytes.length, publisher.config.store.reserve)
    await writeFile(path, patch.bytes)
    const mirrored = [await kept(file, path, making)]
    if (sign === null) return mirrored
    await writeFile(`${path}.sign`, sign)
    return [...mirrored, await kept(`${file}.sign`, `${path}.sign`, making)]
  } catch (error) {
    if (!isDefsError(error) || /^(INTERRUPTED|STORE_|SOURCE_COOLING)/.test(error.code)) throw error
    if (!isDefsError(error, 'SOURCE_NOT_FOUND')) {
      const text = `${file} is not mirrored: ${describeError(error)}`
      job.run.context.emit({ type: 'note', level: 'warning', text })
    }
    return null
  }
}

/** Everybody may read what is served; on disk before any name of the tree stands for it. */
async function kept(file: string, path: string, { files }: Making): Promise<MirroredFile> {
  await chmod(path, 0o644)
  const handle = await open(path, 'r+')
  await handle.sync().finally(() => handle.close())
  files.set(file, path)
  const { bytes, hashing } = await digestFile(path, ['sha256'])
  return { file, bytes, sha256: hashing.finish('sha256') ?? '' }
}
