import { writeFileAtomic } from '../disk/atomic-file.ts'
import { readForeignText } from '../disk/foreign-file.ts'
import {
  count,
  listOf,
  nullable,
  object,
  oneOf,
  type Shape,
  tableOf,
  text,
  truth,
} from '../disk/json-shape.ts'
import { DefsError } from '../error.ts'
import { setOfFolder } from '../hawking/sets.ts'
import { limits } from '../limits.ts'
import { compareSetNames, compareStanding, type Grade, type Sequence, type SetName } from '../set-name.ts'
import type { PublishPaths } from './paths.ts'

/** Whether a set may leave `testing`: only once passed, as it is, or without waiting. */
export type Mark = 'must-test' | 'open' | 'skip-test'

/** A file of the tree: a package of a set. */
export interface Packed {
  /** Its plain name, different for different bytes. */
  readonly file: string
  readonly bytes: number
  readonly sha256: string
  readonly sha1: string
}

/** An incremental package. */
export interface CatalogStep extends Packed {
  readonly base: SetName
}

/** A file of a ClamAV mirror, under a name that stands for these bytes alone: `daily-5.cvd`, `daily-5.cdiff.sign`. */
export interface MirroredFile {
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

/** A ClamAV database of a set: itself, the patches that lead to it, and what proves them. */
export interface MirroredDatabase {
  readonly name: string
  readonly version: number
  readonly ending: 'cvd' | 'cld'
  readonly files: readonly MirroredFile[]
}

/** A set that was published. */
export interface Release {
  readonly set: SetName
  readonly sequence: Sequence | null
  readonly grade: Grade
  readonly full: Packed
  readonly unpackedBytes: number
  readonly steps: readonly CatalogStep[]
  readonly mark: Mark
  /** Null until somebody says that it passed its test. */
  readonly passedBy: string | null
  /** RFC 3339, UTC. */
  readonly publishedAt: string
  /** The configured source, `store`, or `own`. */
  readonly source: string
  readonly signedBy: string
  /** What the source advertised, so that the same is not fetched again; null when it told nothing. */
  readonly fingerprint: string | null
  /** What `freshclam` is given of it; empty for sets of other kinds. */
  readonly databases: readonly MirroredDatabase[]
}

/** What one channel offers. */
export interface Channel {
  readonly name: string
  readonly current: SetName
  /**
   * Number of the newest statement; every change of `current` raises it. Seconds since 1970 at least, so that it
   * goes on rising when the catalog was lost.
   */
  readonly statement: number
  /** True when `current` is older than what the channel offered before. */
  readonly demoted: boolean
  /** RFC 3339, UTC; of the statement. */
  readonly since: string
  /** What it offered before, newest statement first, `current` left out. */
  readonly earlier: readonly SetName[]
  /** Sets that nobody is to have any more, by whom it was demoted from: clients that have one leave it. */
  readonly withdrawn: readonly SetName[]
}

/** Everything that was published and is still there. */
export interface Catalog {
  /** By set name, oldest first. */
  readonly releases: readonly Release[]
  readonly channels: Readonly<Record<string, Channel>>
}

const set: Shape<SetName> = (value) => (typeof value === 'string' ? setOfFolder(value) : undefined)
const packed = { file: text, bytes: count, sha256: text, sha1: text }
const database = object<MirroredDatabase>({
  name: text,
  version: count,
  ending: oneOf(['cvd', 'cld']),
  files: listOf(object<MirroredFile>({ file: text, bytes: count, sha256: text })),
})
const release = object<Release>({
  set,
  sequence: nullable(object<Sequence>({ number: count, signed: truth })),
  grade: oneOf(['certified', 'rapid']),
  full: object<Packed>(packed),
  unpackedBytes: count,
  steps: listOf(object<CatalogStep>({ ...packed, base: set })),
  mark: oneOf(['must-test', 'open', 'skip-test']),
  passedBy: nullable(text),
  publishedAt: text,
  source: text,
  signedBy: text,
  fingerprint: nullable(text),
  // A catalog of an older version has none.
  databases: (value) => (value === undefined ? [] : listOf(database)(value)),
})
const channel = object<Channel>({
  name: text,
  current: set,
  statement: count,
  demoted: truth,
  since: text,
  earlier: listOf(set),
  withdrawn: listOf(set),
})
const shape = object<Catalog>({ releases: listOf(release), channels: tableOf(channel) })

/**
 * Reads the catalog; an empty one when nothing was published yet.
 * @throws STORE_IO when it is damaged: guessing would take releases away from clients
 */
export async function readCatalog(paths: PublishPaths): Promise<Catalog> {
  const bytes = await readForeignText(paths.catalog, limits.publishText)
  if (bytes === null) return { releases: [], channels: {} }
  const catalog = shape(parsed(bytes))
  if (catalog) return catalog
  const message = `${paths.catalog} is damaged: restore it, or move it and ${paths.tree} away and publish anew`
  throw new DefsError('STORE_IO', message, { path: paths.catalog })
}

/** Replaces the catalog. @throws STORE_* */
export async function writeCatalog(paths: PublishPaths, catalog: Catalog): Promise<void> {
  await writeFileAtomic(paths.catalog, `${JSON.stringify(catalog, null, 2)}\n`, 0o600)
}

/** A published set. @throws STORE_UNKNOWN_SET */
export function findRelease({ releases }: Catalog, wanted: SetName): Release {
  const found = releases.find((one) => one.set === wanted)
  if (found) return found
  const known = releases.map((one) => one.set).join(', ') || 'none'
  throw new DefsError('STORE_UNKNOWN_SET', `${wanted} is not published (published: ${known})`, {
    path: wanted,
  })
}

/** Every set a channel still names: what it offers, and what it offered before. */
export function setsOf({ current, earlier }: Channel): readonly SetName[] {
  return [current, ...earlier]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The channel in which sets are tested; the only one that takes sets which must be. */
export const testing = 'testing'

/** The catalog with a release added, or put in the place of one of the same set. */
export function withRelease(catalog: Catalog, release: Release): Catalog {
  const others = catalog.releases.filter(({ set }) => set !== release.set)
  const releases = [...others, release].sort((a, b) => compareSetNames(a.set, b.set))
  return { ...catalog, releases }
}

/** The catalog with a channel that offers `release` from now on. */
export function withCurrent(catalog: Catalog, name: string, release: Release, now: Date): Catalog {
  const before = catalog.channels[name]
  const back = before !== undefined && isOlder(release, before, catalog)
  const earlier = before ? [before.current, ...before.earlier].filter((set) => set !== release.set) : []
  // Whoever is demoted to goes on being one; the sets above it are withdrawn.
  const withdrawn = [...(before?.withdrawn ?? []), ...(back && before ? [before.current] : [])]
  const channel: Channel = {
    name,
    current: release.set,
    statement: Math.max((before?.statement ?? 0) + 1, Math.floor(now.getTime() / 1000)),
    demoted: back,
    since: now.toISOString(),
    earlier: [...new Set(earlier)],
    withdrawn: [...new Set(withdrawn)].filter((set) => set !== release.set),
  }
  return { ...catalog, channels: { ...catalog.channels, [name]: channel } }
}

/** The catalog with a channel that names more sets as withdrawn; the same when it names them already. */
export function withWithdrawn(catalog: Catalog, name: string, sets: readonly SetName[], now: Date): Catalog {
  const before = catalog.channels[name]
  const fresh = sets.filter((set) => set !== before?.current && !before?.withdrawn.includes(set))
  if (before === undefined || fresh.length === 0) return catalog
  const channel: Channel = {
    ...before,
    statement: Math.max(before.statement + 1, Math.floor(now.getTime() / 1000)),
    since: now.toISOString(),
    withdrawn: [...before.withdrawn, ...fresh],
  }
  return { ...catalog, channels: { ...catalog.channels, [name]: channel } }
}

/** Whether a set is older than what a channel offers. */
export function isOlder(release: Release, channel: Channel, { releases }: Catalog): boolean {
  const current = releases.find(({ set }) => set === channel.current)
  return current !== undefined && compareStanding(release, current) < 0
}

/**
 * Refuses a set that has yet to pass its test anywhere but in `testing`.
 * @throws PUBLISH_REFUSED
 */
export function assertTested(
  { set, mark, passedBy }: { readonly set: SetName; readonly mark: Mark; readonly passedBy: string | null },
  channel: string,
): void {
  if (mark !== 'must-test' || passedBy !== null || channel === testing) return
  const message = `${set} must be tested first: when it has passed, say so with --passed`
  throw new DefsError('PUBLISH_REFUSED', message, { path: set })
}
