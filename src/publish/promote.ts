import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { DefsError } from '../error.ts'
import type { Grade, SetName } from '../set-name.ts'
import { audit, userName } from './audit.ts'
import {
  assertTested,
  type Catalog,
  findRelease,
  isOlder,
  type Release,
  readCatalog,
  testing,
  withCurrent,
  withRelease,
  writeCatalog,
} from './catalog.ts'
import { assertChannel, assertGrade } from './channels.ts'
import { carryOut, moveOf, offeredBy } from './moves.ts'
import { channelName } from './paths.ts'
import type { Publisher, PublisherRequest } from './publisher.ts'
import { refreshTree } from './refresh-tree.ts'
import { withPublisher } from './with-publisher.ts'

/** What the caller of `promote` asks for. */
export interface PromoteRequest extends PublisherRequest {
  readonly set: SetName
  readonly channel: string
  /** Says that the set has passed its test. */
  readonly passed: boolean
  /** Takes clients back to an older set; wants a reason. */
  readonly demote: boolean
  readonly reason: string | null
  /** Makes the channel when it is not there yet. */
  readonly create: boolean
  /** Puts a set of grade rapid even into production. */
  readonly rapid: boolean
}

/** The outcome of `promote`. */
export interface PromoteResult {
  readonly set: SetName
  readonly grade: Grade
  readonly channel: string
  readonly previous: SetName | null
  readonly changed: boolean
  readonly demoted: boolean
  readonly statement: number
  readonly tree: string
  readonly events: readonly number[]
}

/**
 * Makes a published set what a channel offers. An older one than the channel's is a demotion: a newer statement
 * that names an older set, which clients obey in spite of their rollback protection.
 * @throws PUBLISH_REFUSED while its test is not passed, and for an older set without `demote`;
 * STORE_UNKNOWN_SET; USAGE_ARGUMENT for a demotion without a reason; KEYS_*, STORE_*
 */
export function promote(request: PromoteRequest, config: Config, context: Context): Promise<PromoteResult> {
  const channel = channelName(request.channel)
  if (request.demote && !request.reason) {
    throw new DefsError(
      'USAGE_ARGUMENT',
      'a demotion takes definitions away from every client: say why with --reason',
    )
  }
  return withPublisher(request, config, context, async (publisher) => {
    const before = await readCatalog(publisher.paths)
    const release = passed(findRelease(before, request.set), request.passed)
    const catalog = withRelease(before, release)
    if (request.passed) await auditPassed(release, request.reason, publisher)
    assertTested(release, channel)
    assertChannel(channel, catalog, request.create)
    assertGrade(release, channel, request.rapid)
    const there = catalog.channels[channel]
    if (there && !request.demote && isOlder(release, there, catalog)) {
      const message = `${release.set} is older than ${there.current}, which ${channel} offers: --demote takes clients back`
      throw new DefsError('PUBLISH_REFUSED', message, { path: release.set })
    }
    return move(release, channel, catalog, request.reason, publisher)
  })
}

/**
 * Promotes what has been in `testing` long enough (`publish.soak`), or need not be tested, to `production`. What
 * must be tested and has not passed waits; what production was demoted from and what is of grade rapid wait for
 * somebody's decision.
 * @returns the set that was promoted, null when none was due
 */
export function promoteDue(
  request: PublisherRequest,
  config: Config,
  context: Context,
): Promise<PromoteResult | null> {
  return withPublisher(request, config, context, async (publisher) => {
    const catalog = await readCatalog(publisher.paths)
    const due = dueFor('production', catalog, config.publish.soak, publisher.now)
    return due ? move(due, 'production', catalog, 'soak time over', publisher) : null
  })
}

/** The set that is due for a channel; null when there is none. */
export function dueFor(channel: string, catalog: Catalog, soak: number | null, now: Date): Release | null {
  const from = catalog.channels[testing]
  const to = catalog.channels[channel]
  if (!from || from.current === to?.current) return null
  const release = findRelease(catalog, from.current)
  if (to?.withdrawn.includes(release.set) || (to && isOlder(release, to, catalog))) return null
  if (release.grade === 'rapid' && channel === 'production') return null
  if (release.mark === 'must-test' && release.passedBy === null) return null
  if (release.mark === 'skip-test') return release
  return soak !== null && now.getTime() - Date.parse(from.since) >= soak ? release : null
}

function passed(release: Release, says: boolean): Release {
  return says ? { ...release, passedBy: userName() } : release
}

async function auditPassed(
  release: Release,
  reason: string | null,
  { paths, now }: Publisher,
): Promise<void> {
  await audit(paths, { action: 'passed', set: release.set, channel: null, from: null, reason }, now)
}

async function move(
  release: Release,
  channel: string,
  catalog: Catalog,
  reason: string | null,
  publisher: Publisher,
): Promise<PromoteResult> {
  const { paths, now, events, finished } = publisher
  const there = catalog.channels[channel]
  const begun = finished.find((one) => one.channel === channel)
  // What clients were offered until now: the signed tree says it, whatever the catalogue has.
  const previous = begun
    ? begun.from
    : await offeredBy({ name: channel, current: there?.current ?? null }, publisher)
  const next = there?.current === release.set ? catalog : withCurrent(catalog, channel, release, now)
  const after = next.channels[channel]
  const demoted = after?.demoted ?? false
  const statement = after?.statement ?? 0
  if (next === catalog && (begun || previous === release.set)) {
    await writeCatalog(paths, next)
    await refreshTree(next, publisher)
  } else {
    const action = demoted ? 'demoted' : 'promoted'
    await carryOut(
      [moveOf({ action, set: release.set, channel, from: previous, reason, statement })],
      next,
      publisher,
    )
  }
  const changed = previous !== release.set
  return {
    set: release.set,
    grade: release.grade,
    channel,
    previous,
    changed,
    demoted,
    statement,
    tree: paths.tree,
    events,
  }
}
