import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { copyMember } from '../../archive/member-file.ts'
import type { OpenedFile } from '../../archive/opened.ts'
import { canaryFile, canaryLine } from '../../clamav/canary.ts'
import { DefsError, storeError } from '../../error.ts'
import { discard } from '../../fetch/fetch.ts'
import { makeWorkspace, type Workspace } from '../../hawking/sets.ts'
import { limits } from '../../limits.ts'
import type { SetName } from '../../set-name.ts'
import type { AdvertisedDatabase, ClamavOffer, Offer } from '../../source/source.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { withExceptions } from '../except/exceptions.ts'
import { type Run, withFreshDeadline } from '../run.ts'
import { type AcquiredSet, shouldTryFullPackage } from './acquired.ts'
import {
  type BaseDatabase,
  type BroughtDatabase,
  beginDatabaseJob,
  copyFiles,
  type DatabaseJob,
  findBase,
} from './database-job.ts'
import { fetchWhole, type WholeDatabase } from './full-database.ts'
import { nameSet, weakestSigner } from './name-databases.ts'
import { type AcquiredPart, type AcquiredParts, acquireParts, giveBack, type PartPlace } from './parts.ts'
import { bringPatched, type Workplace } from './patch-database.ts'
import { writeSmall } from './small-file.ts'

/**
 * Puts a set of ClamAV databases together: each is copied, patched or fetched, and proved by ClamAV's own means; the
 * whole folder is then sealed as one set.
 * @param base the current set, proved in this run; null to fetch everything whole
 * @throws SOURCE_*, FETCH_*, ARCHIVE_*, TRUST_*, STORE_*, INTERRUPTED
 */
export async function acquireDatabases(
  offer: Offer,
  wanted: ClamavOffer,
  base: Authentic | null,
  run: Run,
): Promise<AcquiredSet> {
  const job = await beginDatabaseJob(offer, wanted, run)
  const workspace = await makeWorkspace(run.store)
  try {
    const place = { set: workspace.set, aside: join(workspace.directory, 'databases') }
    await mkdir(place.aside, { mode: 0o700 }).catch((error: unknown) => {
      throw storeError(error, `making ${place.aside}`)
    })
    const databases: BroughtDatabase[] = []
    for (const one of wanted.databases)
      databases.push(await acquireDatabase(one, base, place, wanted.patches, job))
    // The signed ones come first: no list that somebody else keeps may hold them back.
    const partPlace = { set: place.set, scratch: join(workspace.directory, 'parts') }
    const parts = await acquireParts(wanted.custom, base, partPlace, job)
    return await sealed({ wanted, databases, base, place: partPlace, workspace }, parts, job)
  } catch (error) {
    await workspace.remove()
    throw error
  }
}

/** What a set of databases is put together of, whatever becomes of its unsigned lists. */
interface Workpiece {
  readonly wanted: ClamavOffer
  readonly databases: readonly BroughtDatabase[]
  readonly base: Authentic | null
  readonly place: PartPlace
  readonly workspace: Workspace
}

/** Seals what lies in the new set. It may be done again with other lists: what it writes takes the place of what is there. */
async function sealed(piece: Workpiece, acquired: AcquiredParts, job: DatabaseJob): Promise<AcquiredSet> {
  const { wanted, databases, base, place, workspace } = piece
  const { parts, records, failures } = acquired
  const files = [...databases.flatMap((one) => one.files), ...parts.map(({ file }) => file)]
  const draft = await withExceptions({ directory: place.set, files }, job.run)
  const authentic = await sealDatabases(databases, parts, draft.files, base?.set ?? null, place, job)
  const urls = [...databases, ...parts.map(({ record }) => record)].flatMap(({ url }) => url ?? [])
  return {
    authentic,
    fetched: {
      offer: job.offer,
      file: workspace.set,
      bytes: 0,
      downloaded: job.trace.downloaded,
      sha256: '',
      modified: null,
      url: urls[0] ?? wanted.mirrors[0]?.url ?? '',
    },
    incremental: databases.some(({ how }) => how === 'patched'),
    reused:
      databases.filter(({ how }) => how !== 'whole').length +
      parts.filter(({ record }) => record.state !== 'fetched').length,
    excepted: draft,
    made: { ...weakestSigner(databases, job), parts: records },
    failures,
    // A list that did not come may come next time; one that is no good is no better then.
    lesser: databases.some(({ lesser }) => lesser) || failures.some(({ code }) => code.startsWith('SOURCE_')),
    async mend() {
      // The gate has taken its time, which is none of the sources'.
      const late = { ...job, run: withFreshDeadline(job.run) }
      const given = await giveBack(acquired, wanted.custom, base, place, late)
      return given && sealed(piece, given, late)
    },
    release: () => workspace.remove(),
  }
}

async function sealDatabases(
  databases: readonly BroughtDatabase[],
  parts: readonly AcquiredPart[],
  files: readonly OpenedFile[],
  base: SetName | null,
  { set: directory }: Pick<Workplace, 'set'>,
  { run }: DatabaseJob,
): Promise<Authentic> {
  const set = await nameSet(databases, parts, files, run.store, base)
  // clamd tells the version of `daily` only, and sets may share it: what this set alone detects proves it in use.
  const canary = await writeSmall(directory, canaryFile, Buffer.from(canaryLine(set)))
  const number = databases.reduce((sum, { proved }) => sum + proved.version, 0)
  const claim = { set, sequence: { number, signed: true }, grade: 'certified' } as const
  // What signs is large, and most sets come signed.
  const { sealSet } = await import('./seal.ts')
  return sealSet({ directory, files: [...files, canary] }, claim, run)
}

/**
 * Brings one database into the new set by the shortest way: a copy of what is installed when that is as new, else
 * patches, else the whole file; event 1009 when patches did not do.
 * @throws SOURCE_*, FETCH_*, ARCHIVE_*, TRUST_*, STORE_*, INTERRUPTED
 */
async function acquireDatabase(
  wanted: AdvertisedDatabase,
  base: Authentic | null,
  place: Workplace,
  patches: boolean,
  job: DatabaseJob,
): Promise<BroughtDatabase> {
  const { name, version } = wanted
  const found = await findBase(name, base, job)
  const copy = (here: BaseDatabase, lesser: boolean) => copied(here, base, place, lesser, job)
  if (found && found.header.version >= version) return copy(found, false)
  try {
    if (found && patches && version - found.header.version <= limits.databasePatches)
      return await bringPatched(wanted, found, place, job)
  } catch (error) {
    if (!shouldTryFullPackage(error, job.run)) throw error
    const { code: errorCode, message: reason } = error
    const { source } = job.offer
    job.run.report('download.fell-back', { source, path: error.facts.path ?? name, errorCode, reason })
  }
  const whole = await fetchWhole(wanted, found?.header.version ?? null, job)
  if (whole) {
    const came = whole.proof.version
    if (came < version)
      note(
        `the mirror is behind: ${name} was advertised as ${version} and came as ${came}, which is taken`,
        job,
      )
    return { ...(await placed(name, whole, place, job)), lesser: came < version }
  }
  if (!found) throw new DefsError('BUG', `${name} is neither there nor installed`)
  const text = `the mirror is behind: it has ${name} ${found.header.version}, which is installed, and not ${version}`
  note(text, job)
  return copy(found, true)
}

function note(text: string, { run }: DatabaseJob): void {
  run.context.emit({ type: 'note', level: 'warning', text })
}

async function copied(
  { file, header, proved }: BaseDatabase,
  base: Authentic | null,
  { set }: Workplace,
  lesser: boolean,
  job: DatabaseJob,
): Promise<BroughtDatabase> {
  const sign = `${proved.name}-${proved.version}${file.name.slice(-4)}.sign`
  const files = base ? await copyFiles([file.name, sign], base, set, job) : []
  return { proved, builtAt: header.builtAt, how: 'copied', files, url: null, lesser, unjudged: false }
}

async function placed(
  name: string,
  whole: WholeDatabase,
  { set }: Workplace,
  { run }: DatabaseJob,
): Promise<BroughtDatabase> {
  const { ending, fetched, sha256, sign, proof } = whole
  const file = `${name}.${ending}`
  try {
    const copy = await copyMember(fetched.file, join(set, file), [], run.signal, run.config.store.reserve)
    if (copy.sha256 !== sha256)
      throw new DefsError('TRUST_DIGEST', `${file} was changed after it was proved`, { path: file })
    const files = [{ name: file, ...copy }]
    if (sign) files.push(await writeSmall(set, `${name}-${proof.version}.${ending}.sign`, sign))
    const { version, method, signer, builtAt, unjudged } = proof
    const proved = { name, version, method, signer, patches: 0 }
    return { proved, builtAt, how: 'whole', files, url: fetched.url, lesser: false, unjudged }
  } finally {
    await discard(fetched)
  }
}
