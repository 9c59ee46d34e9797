import { existsSync, statSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { DefsError } from '../error.ts'
import { openStore } from '../hawking/store.ts'
import { compareStanding, type Grade, type SetName } from '../set-name.ts'
import { refuseOtherFamily } from '../update/family.ts'
import { type Acquired, acquireFromFolder, acquireFromStore } from './acquire/from-local.ts'
import { acquireFromSource, type Nothing } from './acquire/from-source.ts'
import {
  assertTested,
  type Catalog,
  isOlder,
  type Mark,
  type Release,
  readCatalog,
  withCurrent,
  withRelease,
} from './catalog.ts'
import { assertChannel, assertGrade } from './channels.ts'
import { carryOut, moveOf, offeredBy } from './moves.ts'
import { makeSteps } from './pack/incremental.ts'
import { describe, packSet } from './pack/package.ts'
import { keepBlocks } from './pack/packed-blocks.ts'
import { readPublished, saySame } from './pack/published-package.ts'
import { channelName } from './paths.ts'
import type { Publisher, PublisherRequest } from './publisher.ts'
import { type Purged, purge } from './purge.ts'
import { type Fresh, placeRelease, refreshTree } from './refresh-tree.ts'
import { withPublisher } from './with-publisher.ts'

/** What the caller of `publish` asks for. */
export interface PublishRequest extends PublisherRequest {
  /** Null for the current set of the store, or what `from` holds. */
  readonly set: SetName | null
  /** A configured source, or a folder; null for the store. */
  readonly from: string | null
  readonly channel: string
  readonly mark: Mark
  readonly reason: string | null
  /** Makes the channel when it is not there yet. */
  readonly create: boolean
  /** Puts a set of grade rapid even into production. */
  readonly rapid: boolean
}

/** The outcome of `publish`. */
export interface PublishResult {
  readonly set: SetName | null
  /** Null when nothing was published. */
  readonly grade: Grade | null
  readonly channel: string
  readonly previous: SetName | null
  readonly changed: boolean
  /** Why nothing changed; null when something did. */
  readonly reason: string | null
  readonly tree: string
  readonly package: string | null
  readonly bytes: number | null
  readonly incremental: readonly { readonly base: SetName; readonly bytes: number }[]
  readonly statement: number | null
  readonly purged: readonly SetName[]
  readonly events: readonly number[]
}

/**
 * Adds a proved set to the tree and makes it what a channel offers. What clients see changes in one step at the
 * very end; before it, the tree is what it was.
 * @throws KEYS_*, PUBLISH_REFUSED, STORE_*, and what proving the set throws
 */
export function publish(request: PublishRequest, config: Config, context: Context): Promise<PublishResult> {
  const channel = channelName(request.channel)
  return withPublisher(request, config, context, async (publisher) => {
    const catalog = await readCatalog(publisher.paths)
    // The channel that a fleet takes from is meant by its configuration.
    const meant = channel === config.fleet?.controller?.policy.intake
    assertChannel(channel, catalog, request.create || meant)
    const acquired = await acquire(request, catalog, publisher)
    if ('nothing' in acquired) return unchanged(channel, catalog, publisher, `nothing: ${acquired.nothing}`)
    if ('full' in acquired) return settle(acquired, new Map(), { ...request, channel }, catalog, publisher)
    try {
      return await add(acquired, { ...request, channel }, catalog, publisher)
    } finally {
      await acquired.discard()
    }
  })
}

async function acquire(
  { from, set }: PublishRequest,
  catalog: Catalog,
  publisher: Publisher,
): Promise<Acquired | Release | Nothing> {
  if (from === null) return acquireFromStore(set, publisher)
  if (publisher.config.sources.has(from)) return acquireFromSource(from, catalog, publisher)
  const folder = resolve(from)
  if (existsSync(folder) && statSync(folder).isDirectory()) {
    const taken = catalog.releases.map((release) => release.set)
    return acquireFromFolder(folder, set, taken, publisher)
  }
  throw new DefsError('USAGE_ARGUMENT', `'${from}' is neither a configured source nor a folder`)
}

async function add(
  { authentic, source, signedBy, fingerprint, databases, files }: Acquired,
  request: PublishRequest,
  catalog: Catalog,
  publisher: Publisher,
): Promise<PublishResult> {
  const { config, paths, now } = publisher
  const store = openStore(config.store.root, config.store.layout)
  await refuseOtherFamily(authentic.files, authentic.set, source, { config, store })
  const known = catalog.releases.find(({ set }) => set === authentic.set)
  const there = known && (await readPublished(known, catalog, publisher))
  // It lies in the tree already, as it was packed then.
  if (known && there && authentic.guard && saySame(there.guard, authentic.guard))
    return settle(known, new Map(files), request, catalog, publisher)
  const older = catalog.releases.filter((one) => compareStanding(authentic, one) > 0)
  const last = older.at(-1)
  try {
    const before = last ? await readPublished(last, catalog, publisher) : null
    const full = await packSet(authentic, before, publisher)
    const describing = describe(full.path, authentic.set)
    const bases = known || config.publish.incremental === 0 ? [] : older.slice(-config.publish.incremental)
    const making = makeSteps({ authentic, full, older: before }, bases, catalog, publisher)
    await Promise.allSettled([describing, making, full.flushed()])
    await full.flushed()
    const [packed, made] = [await describing, await making]
    await keepBlocks(packed.sha256, full.blocks, paths)
    if (known && known.full.sha256 !== packed.sha256) {
      const message = `${authentic.set} is published already with other contents: a set's name stands for one set`
      throw new DefsError('PUBLISH_REFUSED', message, { path: authentic.set })
    }
    const release: Release = known ?? {
      set: authentic.set,
      sequence: authentic.sequence,
      grade: authentic.grade,
      full: packed,
      unpackedBytes: full.unpackedBytes,
      steps: made.steps,
      mark: request.mark,
      passedBy: null,
      publishedAt: now.toISOString(),
      source,
      signedBy: signedBy ?? authentic.signer.name,
      fingerprint: fingerprint ?? null,
      databases: databases ?? [],
    }
    const fresh = new Map([[packed.file, full.path], ...made.files, ...(files ?? [])])
    return await settle(release, fresh, request, catalog, publisher)
  } finally {
    for (const name of await readdir(paths.work)) {
      if (name.endsWith('.zip')) await rm(join(paths.work, name), { force: true })
    }
  }
}

/** Makes a set what a channel offers. */
async function settle(
  release: Release,
  fresh: Fresh,
  request: PublishRequest,
  catalog: Catalog,
  publisher: Publisher,
): Promise<PublishResult> {
  const { now } = publisher
  const { channel } = request
  const before = catalog.channels[channel]
  const begun = publisher.finished.find((one) => one.channel === channel)
  const from = begun
    ? begun.from
    : await offeredBy({ name: channel, current: before?.current ?? null }, publisher)
  if (before?.current === release.set) {
    await placeRelease(release, channel, catalog, fresh, publisher)
    await refreshTree(catalog, publisher)
    if (from !== release.set) return result(release, catalog, channel, from, [], publisher)
    return unchanged(channel, catalog, publisher, `same: ${channel} offers ${release.set} already`)
  }
  assertTested(release, channel)
  assertGrade(release, channel, request.rapid)
  if (before && isOlder(release, before, catalog)) throw older(release, channel, before.current)
  const next = withCurrent(withRelease(catalog, release), channel, release, now)
  await placeRelease(release, channel, catalog, fresh, publisher)
  const move = moveOf({
    action: 'published',
    set: release.set,
    channel,
    from,
    reason: request.reason,
    statement: next.channels[channel]?.statement ?? 0,
  })
  await carryOut([move], next, publisher)
  const { removed } = await purge(next, false, publisher)
  return result(release, next, channel, from, removed, publisher)
}

function result(
  release: Release,
  catalog: Catalog,
  channel: string,
  previous: SetName | null,
  purged: Purged['removed'],
  { paths, events }: Publisher,
): PublishResult {
  return {
    set: release.set,
    grade: release.grade,
    channel,
    previous,
    changed: true,
    reason: null,
    tree: paths.tree,
    package: release.full.file,
    bytes: release.full.bytes,
    incremental: release.steps.map(({ base, bytes }) => ({ base, bytes })),
    statement: catalog.channels[channel]?.statement ?? null,
    purged,
    events,
  }
}

function unchanged(
  channel: string,
  catalog: Catalog,
  { paths, events }: Publisher,
  reason: string,
): PublishResult {
  const there = catalog.channels[channel]
  const current = there?.current ?? null
  return {
    set: current,
    grade: catalog.releases.find(({ set }) => set === current)?.grade ?? null,
    channel,
    previous: current,
    changed: false,
    reason,
    tree: paths.tree,
    package: null,
    bytes: null,
    incremental: [],
    statement: there?.statement ?? null,
    purged: [],
    events,
  }
}

function older({ set }: Release, channel: string, current: SetName): DefsError {
  const message = `${set} is older than ${current}, which ${channel} offers: 'defs promote ${set} --to ${channel} --demote' takes clients back`
  return new DefsError('PUBLISH_REFUSED', message, { path: set })
}
