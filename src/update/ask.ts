import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { readSmallArchive } from '../archive/small-archive.ts'
import type { SourceConfig } from '../config/config.ts'
import { readCustomDatabase } from '../config/custom-database.ts'
import { readNamed } from '../disk/foreign-file.ts'
import { withLock } from '../disk/lock.ts'
import { machineName } from '../disk/machine-name.ts'
import { DefsError, describeError, isDefsError } from '../error.ts'
import { readPointer } from '../hawking/pointer.ts'
import type { SourceRecord } from '../hawking/records.ts'
import { setDirectory } from '../hawking/sets.ts'
import { coolDownsAt, readSourceRecord, writeSourceRecord } from '../hawking/state.ts'
import type { Store } from '../hawking/store.ts'
import { limits } from '../limits.ts'
import { readFreshclamConf, takeOver } from '../source/clamav/freshclam-conf.ts'
import { usualDatabases } from '../source/clamav/source.ts'
import { openSource } from '../source/kinds.ts'
import { wasAsked } from '../source/rests.ts'
import type { FailedHost, NothingOffered, Offer, Source, SourceQuery } from '../source/source.ts'
import { openTransport } from '../transport/open-transport.ts'
import type { ConnectionOptions } from '../transport/transport.ts'
import { authenticateIndex } from '../trust/signed-index.ts'
import { connectParts } from './connect-parts.ts'
import { refuseOtherSource } from './family.ts'
import { reachOf } from './route.ts'
import type { Run } from './run.ts'
import { tufKeeper } from './tuf-store.ts'
import { withRemade } from './withdrawn.ts'

/**
 * Opens a configured source over real transports.
 * @throws SOURCE_REFUSED for our own store; TRUST_FAMILY for one that brings what the store is not for
 */
export async function connectSource(config: SourceConfig, run: Run): Promise<Source> {
  await refuseOwnStore(config, run.store)
  await refuseOtherSource(config, run)
  if (config.kind === 'rules' && config.parts)
    return connectParts(config, config.parts, { connect: connectSource, ask: askSource }, run)
  const settled = await resolveSource(config, await reachOf(config, run.config.network), run)
  return openSource(settled.config, (base) => openTransport(base, settled.reach))
}

/**
 * Asks a source what it offers; an index is authenticated before anything in it is believed.
 * @param installed the current set when it was proved in this run, null when there is none or it is damaged; as
 *   `definfo.dat` has it when nobody looked
 * @param left what is passed over, since its bytes were refused
 */
export async function askSource(
  source: Source,
  run: Run,
  installed?: SourceQuery['installed'],
  left: readonly FailedHost[] = [],
): Promise<Offer | NothingOffered> {
  run.context.emit({ type: 'stage', text: `asking '${source.name}'`, waits: 'what it offers' })
  const record = await readSourceRecord(run.store, source.name)
  const { tufRoot } = run.config.trust
  const coolDowns = new Map(
    coolDownsAt(record, run.context.now()).map(([host, until]) => [host, new Date(until)] as const),
  )
  const answer = await source.ask({
    context: run.context,
    signal: run.signal,
    deadline: run.deadline,
    coolDowns,
    asked: new Map(
      Object.entries(record.asked ?? {}).map(([file, { at, validator, sha256 = null }]) => [
        file,
        { at: run.looks ? run.startedAt : new Date(at), validator, sha256 },
      ]),
    ),
    left,
    installed: installed === undefined ? await installedSet(run) : installed,
    async openSigned(archive, name) {
      const files = await readSmallArchive(archive, { name })
      return authenticateIndex(files, run.trust)
    },
    ...memberOf(run.config),
    ...(tufRoot === null ? {} : { tuf: tufKeeper(source.name, tufRoot, run) }),
  })
  return withRemade(answer, run)
}

async function installedSet({ store }: Run): Promise<NonNullable<SourceQuery['installed']> | null> {
  const { current } = await readPointer(store)
  return current === null ? null : { set: current, directory: setDirectory(store, current) }
}

/** Who this machine is in a fleet. */
function memberOf({ fleet }: Run['config']): Pick<SourceQuery, 'member'> {
  if (!fleet?.host) return {}
  const { name, labels } = fleet.host
  return { member: { fleet: fleet.name, host: name === 'auto' ? machineName() : name, labels } }
}

/** Keeps what asking and fetching taught about a source: cool-downs, outcome, what it offered and since when. */
export async function remember(
  source: string,
  run: Run,
  outcome: {
    readonly offer?: Offer | NothingOffered
    readonly error?: Error
    readonly judged?: SourceRecord['judged']
    /** The statement of the offer was obeyed: its set is current. */
    readonly obeyed?: boolean
    /** What it delivered was accepted, or it truthfully had nothing that was to be taken. */
    readonly settled?: boolean
    /** The parts that were brought as they were offered, with their SHA-256. */
    readonly brought?: ReadonlyMap<string, string>
  },
): Promise<void> {
  if (outcome.error && isNoFault(outcome.error)) return
  if (isDefsError(outcome.error))
    for (const part of outcome.error.facts.parts ?? [])
      await remember(part.source, run, { error: part.error })
  const before = await readSourceRecord(run.store, source)
  const at = run.startedAt.toISOString()
  // An offer is no delivery yet: what it leads to decides.
  const open = !outcome.error && !outcome.settled
  const offered = outcome.offer && 'set' in outcome.offer ? outcome.offer.set : null
  const cooling = coolingOf(before, outcome, run.context.now())
  const asleep = isDefsError(outcome.error, 'SOURCE_COOLING_DOWN')
  await writeSourceRecord(run.store, source, {
    lastAttempt: at,
    lastSuccess: outcome.settled ? at : before.lastSuccess,
    outcome: open ? before.outcome : asleep ? 'cooling-down' : outcome.error ? 'failed' : 'succeeded',
    error: open ? before.error : outcome.error ? asRecord(outcome.error) : null,
    failingSince: open ? (before.failingSince ?? null) : failingSince(before, outcome.error, asleep, at),
    coolingUntil: cooling,
    offered: offered ?? before.offered,
    offeredSince: offered && offered !== before.offered ? at : before.offeredSince,
    judged: outcome.judged ?? before.judged,
    ...askedAfter(before, outcome.offer, outcome.brought ?? new Map(), at),
    statement: outcome.obeyed ? statementOf(outcome.offer) : (before.statement ?? null),
    index: outcome.offer ? indexOf(outcome.offer) : before.index,
    ring: outcome.offer && 'set' in outcome.offer ? (outcome.offer.ring ?? null) : (before.ring ?? null),
  })
}

/** The same for each of several packs that become one set. */
export async function rememberParts(offer: Offer | NothingOffered, run: Run): Promise<void> {
  if ('nothing' in offer || offer.unguarded?.kind !== 'parts') return
  for (const { config, offer: own, failure } of offer.unguarded.parts) {
    if (failure) await remember(config.name, run, { error: failure })
    else if (own) await remember(config.name, run, { offer: own, settled: true })
  }
}

/** Whether an error says nothing of the source: without a licence it was not even asked, and Ctrl-C is the user's. */
export function isNoFault(error: Error): boolean {
  return isDefsError(error) && /^(LICENCE_|INTERRUPTED)/.test(error.code)
}

/** Since when a source has failed at every try; a wish to be left alone neither begins nor ends that. */
function failingSince(
  before: SourceRecord,
  error: Error | undefined,
  asleep: boolean,
  at: string,
): string | null {
  if (asleep) return before.failingSince ?? null
  return error ? (before.failingSince ?? at) : null
}

/**
 * When each unsigned database was asked about; those that rest keep their time. Its state counts once what it stands for
 * was brought: else the next run would take the copy that is here for it.
 */
function askedAfter(
  { asked }: SourceRecord,
  offer: Offer | NothingOffered | undefined,
  brought: ReadonlyMap<string, string>,
  at: string,
): Pick<SourceRecord, 'asked'> {
  const known = asked ? { asked } : {}
  if (!offer || 'nothing' in offer || offer.unguarded?.kind !== 'clamav') return known
  const fresh = offer.unguarded.custom.filter(({ failure, resting, sha256 }) => {
    return wasAsked(failure) && resting === null && sha256 === null
  })
  if (fresh.length === 0) return known
  const entries = fresh.map(({ file, validator }) => {
    const before = asked?.[file]
    const known = before?.validator === validator ? (before.sha256 ?? null) : null
    return [file, { at, validator, sha256: brought.get(file) ?? known }] as const
  })
  return { asked: { ...asked, ...Object.fromEntries(entries) } }
}

function statementOf(
  offer: Offer | NothingOffered | undefined,
): NonNullable<SourceRecord['statement']> | null {
  if (!offer || 'nothing' in offer || !offer.statement) return null
  const { channel, number, maxAge } = offer.statement
  return { channel, number, maxAge }
}

function indexOf(offer: Offer | NothingOffered): SourceRecord['index'] {
  if (!('set' in offer) || !offer.index || offer.set === null) return null
  const { set, sequence, grade, index } = offer
  return { ...index, set, sequence, grade, bytes: offer.package.bytes }
}

/**
 * Keeps a wish to be left alone that came up outside an update, if the store is there and can be written: a
 * question asked by somebody without that right is answered all the same.
 */
export async function rememberCoolDown(source: string, run: Run, error: unknown): Promise<void> {
  if (!isDefsError(error, 'SOURCE_COOLING_DOWN') || !existsSync(run.store.state)) return
  try {
    await withLock(run.store, { wait: 0, context: run.context }, () => remember(source, run, { error }))
  } catch (cause) {
    if (!isDefsError(cause, 'STORE_BUSY', 'STORE_PERMISSION', 'STORE_FULL', 'STORE_IO')) throw cause
    run.context.emit({ type: 'note', level: 'warning', text: `the cool-down was not kept: ${cause.message}` })
  }
}

// Every host that asked for quiet, whether it was left for another one or ended the whole query.
function coolingOf(
  before: SourceRecord,
  { offer, error }: { offer?: Offer | NothingOffered; error?: Error },
  now: Date,
): Record<string, string> {
  const asked = [...(offer?.failedHosts ?? []).map((host) => host.error), ...(error ? [error] : [])].flatMap(
    coolDownOf,
  )
  return Object.fromEntries([...coolDownsAt(before, now), ...asked])
}

function coolDownOf(error: Error): [string, string][] {
  if (!isDefsError(error)) return []
  const inner = error.facts.failed?.flatMap((host) => coolDownOf(host.error)) ?? []
  const { path, until } = error.facts
  if (error.code !== 'SOURCE_COOLING_DOWN' || !path || !until || inner.length > 0) return inner
  return [[path, until.toISOString()]]
}

/** An error as the records keep it. */
export function asRecord(error: Error): { code: DefsError['code']; message: string } {
  return { code: error instanceof DefsError ? error.code : 'BUG', message: describeError(error) }
}

/**
 * Rule: one store, one updater (docs/domain.md section 1.6: two that update shared definitions conflict). A
 * source that is our own store, or lies in it, or holds it, would be read and replaced by turns.
 * @throws SOURCE_REFUSED
 */
async function refuseOwnStore(config: SourceConfig, { root, virusDefs }: Store): Promise<void> {
  if (config.kind !== 'shared-sep') return
  const [theirs, ours, home] = await Promise.all([real(config.path), real(virusDefs), real(root)])
  if (!holds(theirs, ours) && !holds(home, theirs)) return
  const text = `${config.path} is our own store: one product updates it and the others read it; name another store.root or leave this source out`
  throw new DefsError('SOURCE_REFUSED', text, { source: config.name, path: config.path })
}

// What is not there yet has no other name.
function real(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path))
}

function holds(outer: string, inner: string): boolean {
  const way = relative(outer, inner)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/**
 * A source with everything filled in that stands in files of other programs, which only those who ask it read.
 * @throws CONFIG_UNREADABLE, CONFIG_INVALID
 */
async function resolveSource(
  config: SourceConfig,
  reach: ConnectionOptions,
  { context }: Pick<Run, 'context'>,
): Promise<{ config: SourceConfig; reach: ConnectionOptions }> {
  if (config.kind !== 'clamav') return { config, reach }
  const cool = { ...reach, coolWhenForbidden: true }
  const { freshclamConf: path } = config
  if (path === null) return { config, reach: cool }
  const conf = readFreshclamConf(await readText(path), path, usualDatabases)
  const { notes, ...settled } = takeOver(config, cool, conf, readCustomDatabase)
  // The same at every run: 'defs config check' says it, with what does the work here.
  for (const text of notes) context.emit({ type: 'note', level: 'debug', text })
  return settled
}

async function readText(path: string): Promise<string> {
  try {
    return (await readNamed(path, limits.config)).toString()
  } catch (cause) {
    const text = `${path} cannot be read: check freshclamConf, and the owner and mode of the file`
    throw new DefsError('CONFIG_UNREADABLE', text, { cause, path })
  }
}
