import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { copyMember } from '../../archive/member-file.ts'
import type { OpenedFile } from '../../archive/opened.ts'
import type { DatabaseOptions } from '../../clamav/database.ts'
import { type DatabaseHeader, databaseHeaderBytes, readDatabaseHeader } from '../../clamav/header.ts'
import { type ClamavTrust, vendorKeys } from '../../clamav/keys.ts'
import { readNamed } from '../../disk/foreign-file.ts'
import { DefsError, isDefsError, storeError } from '../../error.ts'
import { discard, fetchPackage } from '../../fetch/fetch.ts'
import type { Fetched, Trace } from '../../fetch/job.ts'
import type { ProvedDatabase } from '../../hawking/records.ts'
import { peekProvenance } from '../../hawking/state.ts'
import { limits } from '../../limits.ts'
import type { ClamavOffer, Mirror, Offer } from '../../source/source.ts'
import { type Anchor, readAnchors } from '../../trust/anchors.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { fetchOptions, type Run } from '../run.ts'

/** What fetching and proving one file of a ClamAV mirror needs. */
export interface DatabaseJob {
  readonly offer: Offer
  readonly mirrors: readonly Mirror[]
  readonly trust: ClamavTrust
  readonly run: Run
  /** Counts what came over the wire, whatever became of it. */
  readonly trace: Trace
  readonly options: DatabaseOptions
}

/** Begins a job for an offer: reads the pinned roots. @throws TRUST_ANCHORS */
export async function beginDatabaseJob(offer: Offer, wanted: ClamavOffer, run: Run): Promise<DatabaseJob> {
  const { entries, unpacked, ratio } = run.config.limits
  const roots = await readRoots(wanted.certificates)
  return {
    offer,
    mirrors: wanted.mirrors,
    trust: { keys: vendorKeys, roots, sign: wanted.sign, now: run.startedAt },
    run,
    trace: { downloaded: 0, resumed: false },
    options: { limits: { entries, unpacked, ratio }, signal: run.signal },
  }
}

/** One file of a mirror. */
export interface WantedFile {
  readonly path: string
  /** Most bytes that are taken; null for the bound on packages. */
  readonly most: number | null
  /** What it must hash to, when that is pinned. */
  readonly sha256?: string | null
  /** Where it lies, when that is not the mirror. */
  readonly places?: readonly Mirror[]
  /** Tells its states apart when one name stands for several. */
  readonly state?: string
}

/**
 * Fetches one file: whole, bounded, resumed when an earlier run was cut short. Nothing of it is proved.
 * @throws SOURCE_NOT_FOUND when no mirror has it, other SOURCE_*, FETCH_*, TRUST_DIGEST, STORE_*
 */
export async function fetchFile(wanted: WantedFile, job: DatabaseJob): Promise<Fetched> {
  const { path, most, sha256 = null, state } = wanted
  const { run, trace } = job
  const places = wanted.places ?? job.mirrors
  const offer = {
    ...job.offer,
    package: {
      name: path,
      bytes: null,
      exact: false,
      digests: sha256 === null ? [] : [{ algorithm: 'sha256', hex: sha256 } as const],
      digestTries: 1,
      unpackedBytes: null,
      remotes: places.map((mirror) => mirror.remote(path)),
      fingerprint: `${path} ${state ?? ''}`,
      folder: null,
    },
  }
  const place = fetchOptions(run)
  const bounded = { ...place, maxBytes: Math.min(place.maxBytes, most ?? place.maxBytes) }
  try {
    return await fetchPackage(offer, bounded, run.context, run.signal, trace)
  } catch (error) {
    throw isDefsError(error, 'SOURCE_COOLING_DOWN') ? ofHost(error, places) : error
  }
}

/** The same for a small file, whole in memory. */
export async function fetchBytes(wanted: WantedFile, job: DatabaseJob): Promise<Uint8Array> {
  const fetched = await fetchFile(wanted, job)
  try {
    return await readFile(fetched.file)
  } catch (error) {
    throw storeError(error, `reading ${fetched.file}`)
  } finally {
    await discard(fetched)
  }
}

/**
 * The `.sign` of a file; null when the mirror has none. Stores of objects say 403 for what is not there: a mirror that
 * has just handed out the file itself does not mean us.
 */
export async function fetchSign(path: string, job: DatabaseJob): Promise<Uint8Array | null> {
  try {
    return await fetchBytes({ path: `${path}.sign`, most: limits.databaseSign }, job)
  } catch (error) {
    if (isDefsError(error, 'SOURCE_NOT_FOUND') || isForbidden(error)) return null
    throw error
  }
}

function isForbidden(error: unknown): boolean {
  return isDefsError(error, 'SOURCE_COOLING_DOWN') && error.facts.forbidden === true
}

// A cool-down is kept by host, whichever file of it was asked for when the host spoke up.
function ofHost(error: DefsError, places: readonly Mirror[]): DefsError {
  const host = places.find(({ url }) => error.facts.path?.startsWith(url))
  if (!host) return error
  return new DefsError(error.code, error.message, { ...error.facts, path: host.url, cause: error })
}

/** A database of the current set, whose guard was proved in this run. */
export interface BaseDatabase {
  readonly file: OpenedFile
  readonly path: string
  readonly header: DatabaseHeader
  /** How far it was proved when it came. */
  readonly proved: ProvedDatabase
}

/**
 * Finds a database in the current set. Null when it is not there, and when it came by the legacy keys alone while
 * `.sign` is required now: then it is fetched anew.
 */
export async function findBase(
  name: string,
  base: Authentic | null,
  { run, trust }: DatabaseJob,
): Promise<BaseDatabase | null> {
  const file = base?.files.find((one) => one.name === `${name}.cvd` || one.name === `${name}.cld`)
  if (!base || !file) return null
  const path = join(base.directory, file.name)
  const header = await readHeader(path)
  if (!header) return null
  const { version } = header
  const recorded = (await peekProvenance(run.store, base.set))?.databases ?? []
  const proved =
    recorded.find((one) => one.name === name && one.version === version) ?? unrecorded(name, version)
  return trust.sign === 'require' && proved.method !== 'pkcs7' ? null : { file, path, header, proved }
}

// A set that came from elsewhere, proved by a guard: of its databases only that much is known.
function unrecorded(name: string, version: number): ProvedDatabase {
  return { name, version, method: 'legacy', signer: null, patches: 0 }
}

async function readHeader(path: string): Promise<DatabaseHeader | null> {
  const file = await open(path).catch((error: unknown) => {
    throw storeError(error, `reading ${path}`)
  })
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(databaseHeaderBytes))
    return readDatabaseHeader(buffer.subarray(0, bytesRead))
  } catch (error) {
    if (isDefsError(error)) return null
    throw storeError(error, `reading ${path}`)
  } finally {
    await file.close()
  }
}

/** Copies files of the current set, which must still be what its guard says. @throws TRUST_DIGEST, STORE_* */
export async function copyFiles(
  names: readonly string[],
  base: Authentic,
  directory: string,
  { run }: Pick<DatabaseJob, 'run'>,
): Promise<OpenedFile[]> {
  const copies: OpenedFile[] = []
  for (const file of base.files.filter(({ name }) => names.includes(name))) {
    const { name, sha256 } = file
    const copy = await copyMember(
      join(base.directory, name),
      join(directory, name),
      [],
      run.signal,
      run.config.store.reserve,
    )
    if (copy.sha256 !== sha256)
      throw new DefsError('TRUST_DIGEST', `${name} was changed while it was copied`, { path: name })
    copies.push({ name, ...copy })
  }
  return copies
}

const usualPlace = '/etc/clamav/certs'

/**
 * The pinned roots for `.sign` files, from PEM files and folders of such (`*.crt`, `*.pem`).
 * @param places null for the usual place, where there may be none
 * @throws TRUST_ANCHORS when a named place cannot be read or holds none
 */
async function readRoots(places: readonly string[] | null): Promise<readonly Anchor[]> {
  const files = await Promise.all((places ?? [usualPlace]).map((place) => filesOf(place, places !== null)))
  const pems = await Promise.all(files.flat().map(readPem))
  return places === null && pems.length === 0 ? [] : readAnchors(pems)
}

async function filesOf(place: string, needed: boolean): Promise<string[]> {
  try {
    if (!(await stat(place)).isDirectory()) return [place]
    const names = await readdir(place)
    return names
      .filter((name) => /\.(crt|pem)$/i.test(name))
      .sort()
      .map((name) => join(place, name))
  } catch (cause) {
    if (!needed) return []
    throw unreadable(place, cause)
  }
}

async function readPem(path: string): Promise<{ path: string; text: string }> {
  try {
    return { path, text: (await readNamed(path, limits.trustFile)).toString() }
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): DefsError {
  return new DefsError('TRUST_ANCHORS', `cannot read the roots in ${path}: check certificates`, {
    path,
    cause,
  })
}

/** A database that lies in the new set, proved. */
export interface BroughtDatabase {
  readonly proved: ProvedDatabase
  readonly builtAt: Date
  readonly how: 'copied' | 'patched' | 'whole'
  /** The database, and its `.sign` when it has one. */
  readonly files: readonly OpenedFile[]
  /** The place that delivered it; null for a copy of what was there. */
  readonly url: string | null
  /** True when the mirror had less than it advertised. */
  readonly lesser: boolean
  /** True when a `.sign` was there that nobody could judge. */
  readonly unjudged: boolean
}
