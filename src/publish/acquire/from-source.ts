import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openPackage } from '../../archive/open.ts'
import { temporaryFolder } from '../../disk/atomic-file.ts'
import { withLock } from '../../disk/lock.ts'
import { DefsError } from '../../error.ts'
import { prepareStore } from '../../hawking/prepare.ts'
import { type SetName, setName } from '../../set-name.ts'
import type { Offer } from '../../source/source.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { authenticate } from '../../trust/authenticate.ts'
import { acquireSet } from '../../update/acquire/acquire.ts'
import type { AcquiredSet } from '../../update/acquire/acquired.ts'
import { beginDatabaseJob } from '../../update/acquire/database-job.ts'
import { askSource, connectSource, remember } from '../../update/ask.ts'
import { throughHosts } from '../../update/ask-hosts.ts'
import { assertLicensed, routeOf } from '../../update/route.ts'
import { beginRun, openOptions, type Run } from '../../update/run.ts'
import type { Catalog, Release } from '../catalog.ts'
import { findMirrored } from '../mirror.ts'
import type { Publisher } from '../publisher.ts'
import { findPackage, packagesOf } from '../refresh-tree.ts'
import { type Acquired, ownTrust, reGuard } from './from-local.ts'
import { mirrorDatabases } from './mirror-databases.ts'

/** That a source has nothing to offer, and why. */
export interface Nothing {
  readonly nothing: string
}

/**
 * What a configured source offers, fetched and proved as an update would, but not installed: a mirror of the
 * vendor. The set itself when it is published already, for which nothing is fetched; or why there is
 * nothing.
 * @throws what asking, fetching, opening and proving throw
 */
export async function acquireFromSource(
  name: string,
  catalog: Catalog,
  publisher: Publisher,
): Promise<Acquired | Release | Nothing> {
  const { config, context } = publisher
  const run = beginRun(config, context, { timeout: null, force: false })
  await prepareStore(run.store, config.store.group)
  const work = () => mirror(name, catalog, run, publisher)
  return withLock(run.store, { wait: config.network.deadline, context }, work)
}

async function mirror(
  name: string,
  catalog: Catalog,
  run: Run,
  publisher: Publisher,
): Promise<Acquired | Release | Nothing> {
  await assertLicensed(run)
  const [config] = routeOf(run.config, name)
  if (!config) throw new DefsError('USAGE_ARGUMENT', `no source is called '${name}'`)
  const source = await connectSource(config, run)
  const aside = temporaryFolder(publisher.paths.work)
  try {
    return await throughHosts<Acquired | Release | Nothing>(source, run, {
      ask: (left) => askSource(source, run, undefined, left),
      async use(offer) {
        await remember(source.name, run, { offer, settled: true })
        if ('nothing' in offer) return { nothing: offer.reason }
        const published = publishedAs(offer, catalog, publisher)
        return published ?? fetchOffer(offer, catalog, aside, run, publisher)
      },
      judge: (result) => ('nothing' in result ? 'declined' : 'taken'),
    })
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    throw error
  } finally {
    await source.close()
  }
}

/** The set that was made of the same offer, when nothing of it is missing. */
function publishedAs(offer: Offer, catalog: Catalog, { paths }: Publisher): Release | undefined {
  const { fingerprint } = offer.package
  const channels = Object.keys(catalog.channels)
  return catalog.releases.find(
    (release) =>
      fingerprint !== null &&
      release.fingerprint === fingerprint &&
      release.source === offer.source &&
      packagesOf(release).every(({ file }) =>
        channels.some((one) => existsSync(join(paths.tree, one, file))),
      ) &&
      release.databases.every(({ files }) =>
        files.every(({ file }) => findMirrored(file, channels, paths.tree)),
      ),
  )
}

async function fetchOffer(
  offer: Offer,
  catalog: Catalog,
  aside: string,
  run: Run,
  publisher: Publisher,
): Promise<Acquired> {
  const { unguarded } = offer
  const base =
    unguarded?.kind === 'clamav' ? await earlier(offer.source, catalog, aside, run, publisher) : null
  // A mirror is for clients that want whole databases: patched ones have no header that anybody signed.
  const whole =
    unguarded?.kind === 'clamav' ? { ...offer, unguarded: { ...unguarded, patches: false } } : offer
  const acquired = await acquireSet(whole, base, run)
  // No gate stands between this and the tree: what it would tell of an unsigned list is asked here.
  const arrival = (await acquired.mend?.()) ?? acquired
  const { source } = offer
  // Whoever had less than it advertised is asked again next time.
  const fingerprint = arrival.lesser ? null : offer.package.fingerprint
  if (!unguarded) return { authentic: arrival.authentic, source, fingerprint, discard: arrival.release }
  try {
    return { ...(await guarded(arrival, whole, catalog, aside, run, publisher)), source, fingerprint }
  } finally {
    await arrival.release()
  }
}

/**
 * A set without a guard, under one of ours. It was named by what is in the store, so a published set of other
 * contents may have its name: then it gets the next revision.
 */
async function guarded(
  { authentic, made }: AcquiredSet,
  offer: Offer,
  catalog: Catalog,
  aside: string,
  run: Run,
  publisher: Publisher,
): Promise<Acquired> {
  const copy = await reGuard(authentic, publisher, freeName(authentic.set, catalog))
  const discard = async () => {
    await copy.discard()
    await rm(aside, { recursive: true, force: true })
  }
  const common = {
    authentic: copy.authentic,
    source: offer.source,
    discard,
    ...(made ? { signedBy: made.signer.name } : {}),
  }
  if (offer.unguarded?.kind !== 'clamav' || !made?.databases) return common
  try {
    const job = await beginDatabaseJob(offer, offer.unguarded, run)
    const folder = join(aside, 'mirror')
    return {
      ...common,
      ...(await mirrorDatabases(made.databases, copy.authentic, catalog, folder, job, publisher)),
    }
  } catch (error) {
    await discard()
    throw error
  }
}

function freeName(wanted: SetName, { releases }: Catalog): SetName {
  const [year = 0, month = 0, day = 0] = [wanted.slice(0, 4), wanted.slice(4, 6), wanted.slice(6, 8)].map(
    Number,
  )
  for (let revision = Number(wanted.slice(9)); revision < 1000; revision++) {
    const name = setName(year, month, day, revision)
    if (name && releases.every(({ set }) => set !== name)) return name
  }
  throw new DefsError('PUBLISH_REFUSED', `no revision of ${wanted.slice(0, 8)} is left`, { path: wanted })
}

/** The last set of this source, so that databases which have not changed are not fetched again. */
async function earlier(
  source: string,
  catalog: Catalog,
  aside: string,
  run: Run,
  publisher: Publisher,
): Promise<Authentic | null> {
  const release = catalog.releases.findLast((one) => one.source === source && one.databases.length > 0)
  if (!release) return null
  const directory = join(aside, 'earlier')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const opened = await openPackage(
    findPackage(release.full, catalog, publisher.paths.tree),
    directory,
    openOptions(run),
  )
  return authenticate(opened, release, await ownTrust(publisher))
}
