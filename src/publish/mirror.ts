import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../disk/atomic-file.ts'
import { object, oneOf, tableOf, text } from '../disk/json-shape.ts'
import { readRecordFile } from '../disk/record.ts'
import { DefsError, storeError } from '../error.ts'
import {
  type Catalog,
  type Channel,
  findRelease,
  type MirroredFile,
  type Release,
  setsOf,
} from './catalog.ts'
import type { PublishPaths } from './paths.ts'
import { placeFile, placeOver } from './place-file.ts'
import type { Publisher } from './publisher.ts'

/** Folder of a channel that is a ClamAV mirror: `DatabaseMirror http://host:7070/production/clamav`. */
const folder = 'clamav'

/** Names that stand for one content each, and that only we give. */
const ours = /^[\w.+-]+-\d+\.(cvd|cld|cdiff)(\.sign)?$/

/**
 * Puts the databases, patches and signatures of a set into a channel. No client asks for them before the database
 * of the plain name, which {@link offerDatabases} replaces, has their version in its header.
 * @throws STORE_*
 */
export async function placeDatabases(
  { databases }: Release,
  channel: string,
  { channels }: Catalog,
  fresh: ReadonlyMap<string, string>,
  { paths: { tree }, config }: Pick<Publisher, 'paths' | 'config'>,
): Promise<void> {
  if (databases.length === 0) return
  const place = join(tree, channel, folder)
  await mkdir(place, { recursive: true, mode: 0o755 }).catch((error: unknown) => {
    throw storeError(error, `making ${place}`)
  })
  for (const { file } of databases.flatMap(({ files }) => files)) {
    const from = fresh.get(file) ?? findMirrored(file, Object.keys(channels), tree)
    if (from === null) {
      const message = `${file} is missing from ${tree}: restore it, or publish a newer set`
      throw new DefsError('STORE_IO', message, { path: file })
    }
    await placeFile(from, join(place, file), config.store.reserve)
  }
}

/** Makes a channel offer the databases of a set: each by one rename. @throws STORE_* */
export async function offerDatabases(
  { databases }: Release,
  channel: string,
  { paths: { tree }, config }: Pick<Publisher, 'paths' | 'config'>,
): Promise<void> {
  for (const { name, version, ending } of databases) {
    const from = join(tree, channel, folder, `${name}-${version}.${ending}`)
    const to = join(tree, channel, folder, `${name}.${ending}`)
    if (!(await isSame(from, to))) await placeOver(from, to, config.store.reserve)
  }
}

/** Where a mirrored file lies, in whichever channel has it; null when none has. */
export function findMirrored(file: string, channels: readonly string[], tree: string): string | null {
  return channels.map((channel) => join(tree, channel, folder, file)).find((path) => existsSync(path)) ?? null
}

/** A mirrored file that some set has already. */
export function knownFile(file: string, { releases }: Catalog): MirroredFile | undefined {
  return releases
    .flatMap(({ databases }) => databases.flatMap(({ files }) => files))
    .find((one) => one.file === file)
}

/** Removes what no set of a channel needs any more. @throws what the file system throws */
export async function removeOldDatabases(channel: Channel, catalog: Catalog, tree: string): Promise<void> {
  const place = join(tree, channel.name, folder)
  if (!existsSync(place)) return
  const releases = setsOf(channel).map((set) => findRelease(catalog, set))
  const named = new Set(
    releases.flatMap(({ databases }) => databases.flatMap(({ files }) => files.map(({ file }) => file))),
  )
  for (const name of await readdir(place)) {
    if (ours.test(name) && !named.has(name)) await rm(join(place, name), { force: true })
  }
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => null)))
  return a !== null && b !== null && a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev
}

/** How a mirror went last. */
export interface MirrorRecord {
  /** RFC 3339, UTC. */
  readonly lastAttempt: string
  readonly outcome: 'succeeded' | 'failed'
}

const shape = tableOf(
  object<MirrorRecord>({ lastAttempt: text, outcome: oneOf(['succeeded', 'failed'] as const) }),
)

/** How every mirror into a tree went last, by the key of its job. Never throws: having forgotten does no harm. */
export async function peekMirrors(paths: PublishPaths): Promise<Readonly<Record<string, MirrorRecord>>> {
  return (await readRecordFile(paths.mirrors, shape)) ?? {}
}

/** Keeps how a mirror went. @throws STORE_* */
export async function writeMirror(paths: PublishPaths, key: string, record: MirrorRecord): Promise<void> {
  const all = { ...(await peekMirrors(paths)), [key]: record }
  await writeFileAtomic(paths.mirrors, `${JSON.stringify(all, null, 2)}\n`, 0o600)
}
