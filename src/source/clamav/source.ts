import { createHash } from 'node:crypto'
import { databaseHeaderBytes, readDatabaseHeader } from '../../clamav/header.ts'
import type { ClamavConfig, CustomDatabase } from '../../config/config.ts'
import { DefsError, isDefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { isWebPage } from '../../text/web-page.ts'
import { withinTime } from '../../thread/within-time.ts'
import { decoded } from '../../transport/address.ts'
import { startOf } from '../../transport/body.ts'
import type { Beginning, Transport } from '../../transport/transport.ts'
import { askInOrder, throwIfAborted } from '../hosts.ts'
import { restsUntil } from '../rests.ts'
import { folderOf } from '../rules.ts'
import type { AdvertisedDatabase, Connect, CustomFile, Mirror, Source, SourceQuery } from '../source.ts'
import { askDns } from './dns.ts'
import { readInstalled } from './installed.ts'
import { offerOf } from './offer.ts'

/** The databases that ClamAV itself publishes. */
export const usualDatabases: readonly string[] = ['main', 'daily', 'bytecode']

/**
 * A ClamAV mirror: signed databases by version, patches between versions, unsigned files beside them. The versions
 * come from DNS when a record is named and tells them all, else from the first 512 bytes of each database.
 */
export function clamav(config: ClamavConfig, connect: Connect): Source {
  const { name, kind } = config
  const mirrors = config.hosts.map(connect)
  const elsewhere = new Map(
    config.custom.flatMap(({ file, url }) => (url === null ? [] : [[file, connect(folderOf(url))] as const])),
  )
  const databases = config.databases ?? usualDatabases

  /** Answers for one mirror; what DNS told is not asked of it again. */
  async function askHost(host: Transport, told: ReadonlyMap<string, number>, query: PartQuery) {
    const advertised: AdvertisedDatabase[] = []
    for (const database of databases) {
      const version = told.get(database)
      if (version === undefined) advertised.push(await askMirror(host, database, query))
      else advertised.push({ name: database, version, ending: null, bytes: null })
    }
    return { advertised, told: await askAll(customAt(null, config), () => host, query) }
  }

  return {
    name,
    kind,
    alternatives: mirrors.length - 1,
    async ask(query) {
      const installed = await readInstalled(query.installed)
      const { dns: record, resolver } = config
      const versions = record === null ? new Map() : await askDns({ record, resolver }, databases, query)
      const answer = await askInOrder(name, mirrors, query, async (host, others, share) => ({
        ...(await askHost(host, versions, { ...share, here: installed.others })),
        places: [host, ...others],
      }))
      const outside = await askAll(customAt('elsewhere', config), ({ file }) => elsewhere.get(file), {
        ...query,
        here: installed.others,
      })
      const states = new Map([...answer.told, ...outside])
      const custom = config.custom.map(({ file, sha256, url }): CustomFile => {
        const place = elsewhere.get(file)
        const places = url !== null && place ? [place] : answer.places
        return { file, path: pathOf({ file, url }), sha256, places, ...(states.get(file) ?? pinned) }
      })
      const { advertised, places, failedHosts } = answer
      const failedParts = custom.flatMap(({ failure, places: [place] }) =>
        failure && place ? [{ url: place.url, error: failure }] : [],
      )
      return {
        ...offerOf({ config, advertised, custom, mirrors: places, installed }, query),
        failedHosts: [...failedHosts, ...failedParts],
      }
    },
    close: async () => {
      await Promise.all([...mirrors, ...elsewhere.values()].map((host) => host.close()))
    },
  }
}

/** What an unsigned database is called where it lies. */
function pathOf({ file, url }: Pick<CustomDatabase, 'file' | 'url'>): string {
  return url === null ? file : decoded(new URL(url).pathname.split('/').at(-1) ?? '')
}

/** Custom databases that have to be asked about: a pinned one is what it is, wherever it lies. */
function customAt(where: null | 'elsewhere', { custom }: ClamavConfig): CustomDatabase[] {
  return custom.filter(({ url, sha256 }) => sha256 === null && (url === null) === (where === null))
}

/** What asking about an unsigned database told. */
type State = Pick<CustomFile, 'validator' | 'failure' | 'resting' | 'unchanged'>

/** What is not asked about. */
const pinned: State = { validator: null, failure: null, resting: null, unchanged: false }

/** With what lies in the current set, as `Installed.others`. */
type PartQuery = SourceQuery & { readonly here: ReadonlyMap<string, string> }

/**
 * Asks about unsigned databases, all at a time. One that cannot be asked is told of, and holds nothing back: the signed
 * ones are what the set is there for.
 */
async function askAll(
  custom: readonly CustomDatabase[],
  hostOf: (custom: CustomDatabase) => Transport | undefined,
  query: PartQuery,
): Promise<Map<string, State>> {
  const states = await Promise.all(
    custom.map(async (one): Promise<[string, State]> => {
      const host = hostOf(one)
      return [one.file, host ? await askOne(host, one, query) : pinned]
    }),
  )
  return new Map(states)
}

async function askOne(host: Transport, one: CustomDatabase, query: PartQuery): Promise<State> {
  const key = coolingKey(host, one)
  const last = query.asked?.get(one.file)
  // What was brought may have been refused since, or was lost: then its state says nothing of the copy that is here.
  const isHere = last?.sha256 != null && query.here.get(one.file.toLowerCase()) === last.sha256
  const known = isHere ? last.validator : null
  const resting = last ? restsUntil(last.at, one.every, query.context.now()) : null
  if (resting) return { ...pinned, validator: known, resting }
  try {
    refuseCooling(key, query)
    const validator = await withinTime(limits.partAsk, query.signal, (signal) =>
      askCustom(host, one, { ...query, signal }),
    )
    return { ...pinned, validator, unchanged: validator !== null && validator === known }
  } catch (error) {
    throwIfAborted(query.signal, error)
    if (!(error instanceof DefsError)) throw error
    return { ...pinned, failure: coolingAt(key, error) }
  }
}

/**
 * What the cool-down of an unsigned database is kept by: the folder of its provider, or, beside the signed ones, itself
 * alone. What a mirror says of somebody else's file is not meant for its own.
 */
function coolingKey({ url }: Pick<Mirror, 'url'>, custom: Pick<CustomDatabase, 'file' | 'url'>): string {
  return custom.url === null ? `${url}${custom.file}` : url
}

/** A wish to be left alone, kept by this key. */
export function coolingAt(path: string, error: DefsError): DefsError {
  if (error.code !== 'SOURCE_COOLING_DOWN') return error
  return new DefsError(error.code, error.message, { ...error.facts, path, cause: error.cause })
}

function refuseCooling(key: string, { coolDowns, context }: SourceQuery): void {
  const until = coolDowns.get(key)
  if (!until || until <= context.now()) return
  const text = `${key} is left alone until ${until.toISOString()}, as it asked`
  throw new DefsError('SOURCE_COOLING_DOWN', text, { path: key, until })
}

/**
 * The version of a database by the header that a mirror has: one request of 512 bytes, without a condition: the only
 * time we know is that of our own build, and no server gave us that. The newer of `.cvd` and `.cld` counts: a mirror that
 * was itself updated by patches may have an old one of the other kind beside.
 * @throws SOURCE_NOT_FOUND, INDEX_HTML, ARCHIVE_UNKNOWN, ARCHIVE_TRUNCATED, ARCHIVE_CORRUPT, SOURCE_*
 */
async function askMirror(
  host: Transport,
  name: string,
  { signal }: SourceQuery,
): Promise<AdvertisedDatabase> {
  let newest: AdvertisedDatabase | null = null
  for (const ending of formsAt(host.url)) {
    const seen = await peek(host, `${name}.${ending}`, databaseHeaderBytes, signal)
    if (seen === null) continue
    const version = readDatabaseHeader(seen.bytes).version
    if (newest === null || version > newest.version) newest = { name, version, ending, bytes: seen.total }
  }
  if (newest !== null) return newest
  const path = `${host.url}${name}.cvd`
  throw new DefsError('SOURCE_NOT_FOUND', `${path}: there is no such database, and no ${name}.cld`, { path })
}

/**
 * The forms in which a mirror may have a database. ClamAV's own have no patched ones, and count what is asked of them; of
 * any other, one that was asked for the first form alone would hide a newer one of the other for good.
 */
export function formsAt(mirror: string): readonly ('cvd' | 'cld')[] {
  return /^https?:\/\/[^/]*\.clamav\.net\//i.test(mirror) ? ['cvd'] : ['cvd', 'cld']
}

/**
 * What tells the present state of an unsigned database that is not pinned; null when its server says nothing.
 * @throws SOURCE_NOT_FOUND, INDEX_HTML, SOURCE_*
 */
async function askCustom(host: Transport, custom: CustomDatabase, { signal }: SourceQuery) {
  const file = pathOf(custom)
  const seen = await peek(host, file, databaseHeaderBytes, signal)
  if (seen !== null) return seen.validator ?? contentOf(host, file, signal)
  const path = `${host.url}${file}`
  throw new DefsError('SOURCE_NOT_FOUND', `${path}: there is no such file`, { path })
}

/** Its digest, where the server says nothing to tell its versions apart; null for one that is too large to look at. */
async function contentOf(host: Transport, file: string, signal: AbortSignal): Promise<string | null> {
  try {
    const whole = await host.read(file, limits.customContent, signal)
    return whole && `sha256 ${createHash('sha256').update(whole.bytes).digest('hex')}`
  } catch (error) {
    if (isDefsError(error, 'INDEX_TOO_LARGE')) return null
    throw error
  }
}

/**
 * The first bytes of a file of a mirror, in one request; null when it is not there.
 * @throws INDEX_HTML for a page in its place; SOURCE_*
 */
async function peek(
  host: Transport,
  path: string,
  limit: number,
  signal: AbortSignal,
): Promise<Beginning | null> {
  const seen = host.peek
    ? await host.peek(path, limit, signal)
    : await openAndClose(host, path, limit, signal)
  if (seen === null) return seen
  const database = Buffer.from(seen.bytes.subarray(0, 10)).toString('latin1') === 'ClamAV-VDB'
  if (database || !isWebPage(seen.bytes)) return seen
  const text = `${seen.url} is a page for people where ${path} should be: a login page of the network?`
  throw new DefsError('INDEX_HTML', text, { path: seen.url })
}

async function openAndClose(
  host: Transport,
  path: string,
  limit: number,
  signal: AbortSignal,
): Promise<Beginning | null> {
  const remote = host.remote(path)
  try {
    const { total, validator, mediaType, body } = await remote.open(null, signal, true)
    return { url: remote.url, bytes: await startOf(body, limit), total, validator, mediaType }
  } catch (error) {
    if (isDefsError(error, 'SOURCE_NOT_FOUND')) return null
    throw error
  }
}
