import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { readForeign } from '../disk/foreign-file.ts'
import { DefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { Grade, SetName } from '../set-name.ts'
import { audit } from './audit.ts'
import { type Catalog, findRelease, type Packed, type Release, readCatalog, writeCatalog } from './catalog.ts'
import { findMirrored } from './mirror.ts'
import { channelName, publishPaths } from './paths.ts'
import type { PublisherRequest } from './publisher.ts'
import { without } from './purge.ts'
import { lookForPackage, refreshTree } from './refresh-tree.ts'
import { withPublisher } from './with-publisher.ts'

/** What one channel offers, for people. */
export interface ChannelView {
  readonly name: string
  readonly current: SetName
  readonly grade: Grade
  readonly source: string
  /** RFC 3339, UTC; of the change. */
  readonly since: string
  /** Who made the change; null when the audit trail does not tell. */
  readonly by: string | null
  readonly demoted: boolean
  /** The number of its newest statement. */
  readonly statement: number
  /** What it offered before, newest first. */
  readonly earlier: readonly SetName[]
  /** Whether freshclam may update from it. */
  readonly clamav: boolean
}

/** The channels of a tree, by name. Needs no keys. @throws STORE_* */
export async function listChannels(config: Config, to: string | null): Promise<readonly ChannelView[]> {
  const paths = publishPaths(config, to)
  const [catalog, trail] = await Promise.all([readCatalog(paths), readTrail(paths.audit)])
  return Object.values(catalog.channels)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, current, since, demoted, statement, earlier }) => {
      const { grade, source, databases } = findRelease(catalog, current)
      const entry = trail.findLast((one) => one['channel'] === name && one['set'] === current)
      const by = typeof entry?.['user'] === 'string' ? entry['user'] : null
      const clamav = databases.length > 0
      return { name, current, grade, source, since, by, demoted, statement, earlier, clamav }
    })
}

/** The audit trail, oldest first. What is no entry is left out: it only tells who did something. */
async function readTrail(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await readForeign(path, limits.publishText).then(
    ({ bytes }) => bytes.toString(),
    () => '',
  )
  return text.split('\n').flatMap((line) => {
    try {
      const entry: unknown = JSON.parse(line)
      return typeof entry === 'object' && entry !== null ? [{ ...entry }] : []
    } catch {
      return []
    }
  })
}

/**
 * Takes a channel away: clients of it find nothing any more. Its sets stay published where another channel has them; what
 * lies nowhere else goes with it.
 * @throws USAGE_ARGUMENT for one that is not there; KEYS_*, STORE_*
 */
export function removeChannel(
  request: PublisherRequest & { readonly channel: string; readonly reason: string | null },
  config: Config,
  context: Context,
): Promise<{ channel: string; left: SetName; purged: readonly SetName[] }> {
  const channel = channelName(request.channel)
  return withPublisher(request, config, context, async (publisher) => {
    const { paths, now } = publisher
    const catalog = await readCatalog(paths)
    const { [channel]: gone, ...channels } = catalog.channels
    if (!gone) throw unknownChannel(channel, catalog)
    const { next, purged } = withoutLost({ ...catalog, channels }, paths.tree)
    await writeCatalog(paths, next)
    await refreshTree(next, publisher)
    // Nothing names its files from here on.
    await rm(join(paths.tree, channel), { recursive: true, force: true }).catch((error: unknown) => {
      throw storeError(error, `removing ${channel}`)
    })
    const { reason } = request
    await audit(paths, { action: 'removed', set: null, channel, from: gone.current, reason }, now)
    for (const set of purged) await audit(paths, { action: 'purged', set, channel, from: null, reason }, now)
    if (purged.length > 0) publisher.report('tree.purged', { reason: purged.join(', ') })
    return { channel, left: gone.current, purged }
  })
}

/** The catalog without what lies in none of its channels: nobody could be offered that again. */
function withoutLost(catalog: Catalog, tree: string): { next: Catalog; purged: readonly SetName[] } {
  const lies = (packed: Packed) => lookForPackage(packed, catalog, tree) !== undefined
  const mirrored = (file: string) => findMirrored(file, Object.keys(catalog.channels), tree) !== null
  const whole = ({ full, databases }: Release) =>
    lies(full) && databases.every(({ files }) => files.every(({ file }) => mirrored(file)))
  const purged = catalog.releases.filter((release) => !whole(release)).map(({ set }) => set)
  const next = without(catalog, purged)
  // A client that finds no incremental package takes the whole one.
  const releases = next.releases.map((release) => ({ ...release, steps: release.steps.filter(lies) }))
  return { next: { ...next, releases }, purged }
}

/** The two channels that every server has, before anything stands in them. */
const usual: readonly string[] = ['testing', 'production']

/**
 * Refuses a channel that is not there yet, unless it is to be made: a name with a letter too few would be a channel
 * that no client reads.
 * @throws PUBLISH_REFUSED
 */
export function assertChannel(channel: string, catalog: Catalog, create: boolean): void {
  if (create || usual.includes(channel) || Object.hasOwn(catalog.channels, channel)) return
  const { message } = unknownChannel(channel, catalog)
  throw new DefsError('PUBLISH_REFUSED', `${message}; --new makes it`, { path: channel })
}

/** Refuses to put a set with basic tests alone into production, unless it is asked for. @throws PUBLISH_REFUSED */
export function assertGrade(
  { set, grade }: { readonly set: SetName; readonly grade: Grade },
  channel: string,
  rapid: boolean,
): void {
  if (grade !== 'rapid' || channel !== 'production' || rapid) return
  const message = `${set} is of grade rapid, which has had basic tests only: --rapid puts it into production`
  throw new DefsError('PUBLISH_REFUSED', message, { path: set })
}

function unknownChannel(channel: string, { channels }: Catalog) {
  const known = [...new Set([...usual, ...Object.keys(channels)])].toSorted().join(', ')
  return new DefsError('USAGE_ARGUMENT', `there is no channel '${channel}' (there: ${known})`, {
    path: channel,
  })
}
