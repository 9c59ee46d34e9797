import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { copyMember } from '../../archive/member-file.ts'
import type { OpenedFile } from '../../archive/opened.ts'
import { DefsError, mostSevere, storeError } from '../../error.ts'
import { discard, fetchPackage } from '../../fetch/fetch.ts'
import type { Trace } from '../../fetch/job.ts'
import type { PartRecord } from '../../hawking/line/parts.ts'
import { makeWorkspace } from '../../hawking/sets.ts'
import { peekProvenance } from '../../hawking/state.ts'
import { limits } from '../../limits.ts'
import { dateOf as dayOf } from '../../set-name.ts'
import { atRest } from '../../source/rests.ts'
import type { NothingOffered, Offer, PackPart, PartsOffer } from '../../source/source.ts'
import { withinTime } from '../../thread/within-time.ts'
import type { Authentic, Signer } from '../../trust/authentic.ts'
import { remember } from '../ask.ts'
import { deliveredBy, throughHosts } from '../ask-hosts.ts'
import { withExceptions } from '../except/exceptions.ts'
import { fetchOptions, type Run } from '../run.ts'
import type { AcquiredSet } from './acquired.ts'
import { mergePacks, unmergedFile } from './merge-packs.ts'
import { nameContents } from './name-pack.ts'
import { gatherSignatures, openPack } from './rules.ts'

/** A pack that lies in the new set, in the folder of its name. */
interface AcquiredPack {
  readonly files: readonly OpenedFile[]
  readonly record: PartRecord
  /** Null for a copy: who vouched for it stands in the provenance of the set before. */
  readonly signer: Signer | null
}

interface PackJob {
  readonly base: Authentic | null
  /** What the set before was made of. */
  readonly before: readonly PartRecord[]
  /** The folder of the new set. */
  readonly set: string
  readonly trace: Trace
  readonly run: Run
}

/**
 * Puts a set of rules together from several packs, each in a folder of its name, proved and judged by itself: one that
 * cannot be had, or that would do harm, keeps its last good copy out of the current set, or is left out when there is
 * none; event 1085 says so. Of rules that several packs have one stays active. The same packs give the same bytes.
 * @throws the gravest of all errors when no pack is left; STORE_*, INTERRUPTED, SOURCE_DEADLINE
 */
export async function acquirePacks(
  offer: Offer,
  { parts }: PartsOffer,
  base: Authentic | null,
  trace: Trace,
  run: Run,
): Promise<AcquiredSet> {
  const workspace = await makeWorkspace(run.store)
  const provenance = base && (await peekProvenance(run.store, base.set))
  const job: PackJob = { base, before: provenance?.parts ?? [], set: workspace.set, trace, run }
  try {
    const packs: AcquiredPack[] = []
    const records: PartRecord[] = []
    const failures: DefsError[] = []
    for (const part of parts) {
      const { pack, failure } = await bringOrKeep(part, offer.source, job)
      if (failure) failures.push(failure)
      if (pack) packs.push(pack)
      records.push(pack?.record ?? leftOut(part))
    }
    const worst = mostSevere(failures.map((error) => ({ error })))?.error
    if (packs.length === 0) throw worst ?? new DefsError('SOURCE_NOT_FOUND', 'no part has brought a pack')
    const files = packs.flatMap((pack) => pack.files)
    const merged = await mergePacks({ directory: workspace.set, files }, records, offer.source, run)
    const excepted = await withExceptions({ directory: workspace.set, files: merged }, run)
    const opened = { directory: workspace.set, files: excepted.files }
    const set = await nameContents(opened, dateOf(records, base, run), run, base?.set ?? null)
    // What signs is large, and most sets come signed.
    const { sealSet } = await import('./seal.ts')
    const sealed = await sealSet(opened, { set, sequence: null, grade: offer.grade }, run)
    const signers = packs.flatMap(({ signer }) => signer ?? [])
    // The weakest of them: who nobody vouches for has no fingerprint.
    const weakest = signers.find(({ fingerprint }) => fingerprint === '') ?? signers[0] ?? provenance?.signer
    const first = records.find(({ url }) => url !== null)
    return {
      authentic: sealed,
      fetched: {
        offer,
        file: workspace.set,
        bytes: 0,
        downloaded: trace.downloaded,
        sha256: '',
        modified: null,
        url: first?.url ?? provenance?.url ?? '',
      },
      incremental: false,
      reused: packs.filter(({ record }) => record.state !== 'fetched').flatMap((pack) => pack.files).length,
      made: { signer: weakest ?? sealed.signer, databases: null, parts: records },
      excepted,
      lesser: failures.some(({ code }) => code.startsWith('SOURCE_')),
      release: () => workspace.remove(),
    }
  } catch (error) {
    await workspace.remove()
    throw error
  }
}

/**
 * The newest of its packs dates a set, and no set goes before the current one: each pack is guarded against going back by
 * itself, and one that is no longer wanted, or holds again what it held before, must not keep the others away.
 */
function dateOf(records: readonly PartRecord[], base: Authentic | null, run: Run): Date {
  const dates = records.flatMap(({ date }) => (date ? [Date.parse(date)] : []))
  const newest = dates.length === 0 ? run.startedAt.getTime() : Math.max(...dates)
  return new Date(Math.max(newest, base === null ? 0 : dayOf(base.set).getTime()))
}

function leftOut({ config }: PackPart): PartRecord {
  return { name: config.name, state: 'left-out', url: null, sha256: null }
}

interface Brought {
  readonly pack: AcquiredPack | null
  readonly failure: DefsError | null
}

async function bringOrKeep(part: PackPart, source: string, job: PackJob): Promise<Brought> {
  const { config, offer, failure, resting } = part
  const { run } = job
  const known = job.before.find(({ name }) => name === config.name)
  const copy = (state: PartRecord['state']) => copyPack(config.name, known, state, job)
  try {
    if (failure) throw failure
    const unchanged = offer === null || (known?.fingerprint ?? null) === offer.package.fingerprint
    const here = resting || (unchanged && !run.force) ? await copy('unchanged') : null
    if (here) return { pack: here, failure: null }
    if (resting) throw atRest(config.name, resting)
    const left = Math.max(1000, (run.deadline.getTime() - run.context.now().getTime()) / 2)
    const pack = await withinTime(Math.min(limits.parts, left), run.signal, (signal) =>
      bringPack(part, known, { ...job, run: { ...run, signal } }),
    )
    return { pack, failure: null }
  } catch (error) {
    if (!isOfPart(error, run)) throw error
    // One that could not be asked is remembered already, and one that rests was not.
    if (!failure && !resting) await remember(config.name, run, { error })
    await rm(join(job.set, config.name), { recursive: true, force: true })
    const pack = await copy('kept')
    const what = pack ? 'keeps its last good copy' : 'is left out'
    run.report('part.kept', {
      source,
      path: config.name,
      errorCode: error.code,
      reason: `${what}: ${error.message}`,
    })
    return { pack, failure: error }
  }
}

/** What one pack alone is to blame for; what the store or the user says ends the run. */
function isOfPart(error: unknown, run: Run): error is DefsError {
  if (run.context.signal.aborted || run.signal.aborted) return false
  return error instanceof DefsError && /^(SOURCE|INDEX|FETCH|ARCHIVE|TRUST|GATE)_/.test(error.code)
}

/** Fetches a pack from one host after the other, proves it and looks at it. */
async function bringPack(part: PackPart, known: PartRecord | undefined, job: PackJob): Promise<AcquiredPack> {
  const { config, again, alternatives } = part
  return throughHosts<AcquiredPack>({ name: config.name, alternatives }, job.run, {
    ask: async (left) => (left.length === 0 && part.offer ? part.offer : again(left)),
    use: (offer) => takePack(offer, part, known, job),
    judge: () => 'taken',
  })
}

async function takePack(
  offer: Offer | NothingOffered,
  { config }: PackPart,
  known: PartRecord | undefined,
  { set, trace, run }: PackJob,
): Promise<AcquiredPack> {
  if ('nothing' in offer || offer.unguarded?.kind !== 'rules')
    throw new DefsError('SOURCE_NOT_FOUND', `'${config.name}' offers no pack`)
  const evidence = await gatherSignatures(config, offer.package.name, offer.unguarded.beside, run)
  const place = fetchOptions(run)
  const bounded = { ...place, maxBytes: Math.min(place.maxBytes, limits.rulePack) }
  const fetched = await fetchPackage(offer, bounded, run.context, run.signal, trace)
  const folder = join(set, config.name)
  try {
    await rm(folder, { recursive: true, force: true })
    await makeFolder(folder)
    const { opened, signer, signedAt, active } = await openPack(fetched, folder, evidence, config, run)
    const dates = { signedAt, modified: fetched.modified, members: opened.newest }
    const date = judgePart(dates, active, known, offer, config.version, run)
    const files = opened.files.map((file) => ({ ...file, name: `${config.name}/${file.name}` }))
    const record: PartRecord = {
      name: config.name,
      state: 'fetched',
      url: fetched.url,
      sha256: fetched.sha256 || null,
      fingerprint: offer.package.fingerprint,
      date: date.toISOString(),
      signedAt,
      rules: active,
      signedBy: signer.name,
      method: signer.method,
      verifiedAt: run.context.now().toISOString(),
    }
    if (config.allowUnsigned) run.report('package.unsigned', { path: fetched.url, source: config.name })
    return { files, record, signer }
  } catch (error) {
    throw deliveredBy(error, fetched.url)
  } finally {
    await discard(fetched)
  }
}

interface PackDates {
  /** Seconds since 1970. */
  readonly signedAt: number | null
  readonly modified: Date | null
  readonly members: Date | null
}

/** Lists below so many rules may lose any share of them: they are kept by hand. */
const smallPack = 10

/**
 * Rule: a pack is not signed before the one it replaces, not dated in the future, and holds about as many rules.
 * Stops: an old pack replayed, a wrong clock that would date the whole set, and a pack that was emptied or cut.
 * @returns what dates it
 */
function judgePart(
  { signedAt, modified, members }: PackDates,
  active: number,
  known: PartRecord | undefined,
  { grade }: Offer,
  version: 'signature' | 'modified' | 'members' | 'fetched' | null,
  run: Run,
): Date {
  const signature = signedAt === null ? null : new Date(signedAt * 1000)
  const told = { signature, modified, members, fetched: run.startedAt }
  const date = (version === null ? (signature ?? modified ?? members) : told[version]) ?? run.startedAt
  if (run.force) return date
  if (date.getTime() - run.startedAt.getTime() > limits.future)
    throw new DefsError(
      'TRUST_FUTURE',
      `the pack is dated ${date.toISOString()}, which is ahead of the clock`,
    )
  const signed = known?.signedAt ?? null
  if (signedAt !== null && signed !== null && signedAt < signed) {
    const text = `the pack was signed ${signature?.toISOString()}, before the one that is installed`
    throw new DefsError('TRUST_ROLLBACK', text)
  }
  const before = known?.rules ?? 0
  const shrink = run.config.gate.shrink[grade]
  const missing = before < smallPack ? 0 : (1 - active / before) * 100
  if (shrink === 0 || missing <= shrink) return date
  const text = `the pack has ${active} active rules, ${Math.floor(missing)} % less than the ${before} before; at most ${shrink} % may be missing`
  throw new DefsError('ARCHIVE_CORRUPT', text)
}

/** The copy of a pack that the current set has, as its publisher wrote it; null when it has none. */
async function copyPack(
  name: string,
  known: PartRecord | undefined,
  state: PartRecord['state'],
  { base, set, run }: PackJob,
): Promise<AcquiredPack | null> {
  const files: OpenedFile[] = []
  for (const { name: path, sha256 } of base?.files ?? []) {
    if (!base || !path.startsWith(`${name}/`)) continue
    await makeFolder(dirname(join(set, path)))
    const copy = await copyMember(
      join(base.directory, path),
      join(set, path),
      [],
      run.signal,
      run.config.store.reserve,
    )
    if (sha256 !== null && copy.sha256 !== sha256)
      throw new DefsError('TRUST_DIGEST', `${path} was changed after it was proved`, { path })
    files.push(await unmergedFile(set, { name: path, ...copy }))
  }
  if (files.length === 0) return null
  const empty: PartRecord = { name, state, url: null, sha256: null }
  return { files, record: { ...empty, ...known, state, url: null }, signer: null }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw storeError(error, `making ${path}`)
  })
}
