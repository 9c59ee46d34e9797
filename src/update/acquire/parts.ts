import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { placeMember } from '../../archive/member-file.ts'
import type { OpenedFile } from '../../archive/opened.ts'
import { contentOfFile } from '../../archive/walk.ts'
import type { DatabaseMember } from '../../clamav/database.ts'
import { isPacked, listIn, packList } from '../../clamav/packed-list.ts'
import type { Config } from '../../config/config.ts'
import { mayFollow } from '../../detection/check-changes.ts'
import { checkList, type ListReport, whyNot } from '../../detection/check-list.ts'
import { DefsError } from '../../error.ts'
import { discard } from '../../fetch/fetch.ts'
import { allowing } from '../../gate/allow-lists.ts'
import { loadsAlone } from '../../gate/loads-alone.ts'
import type { PartRecord } from '../../hawking/line/parts.ts'
import { limits } from '../../limits.ts'
import { coolingAt } from '../../source/clamav/source.ts'
import { atRest } from '../../source/rests.ts'
import type { CustomFile } from '../../source/source.ts'
import { withinTime } from '../../thread/within-time.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { copyFiles, type DatabaseJob, fetchFile } from './database-job.ts'
import { type LastCopy, lastCopyOf } from './last-copy.ts'
import { unsignedBy } from './rules.ts'

/** An unsigned list that lies in the new set. */
export interface AcquiredPart {
  /** The list, or its container. */
  readonly file: OpenedFile
  readonly record: PartRecord
}

/** What became of the unsigned lists that were wanted. */
export interface AcquiredParts {
  /** Those that lie in the set. */
  readonly parts: readonly AcquiredPart[]
  /** One for each that was wanted. */
  readonly records: readonly PartRecord[]
  readonly failures: readonly DefsError[]
}

/** Where the parts of a set are put together. */
export interface PartPlace {
  /** The new set. */
  readonly set: string
  /** A folder of the run for what is tried out. */
  readonly scratch: string
}

/**
 * Brings the unsigned lists into the new set, each by itself: one that cannot be had, or that would do harm, keeps its
 * last good copy out of the current set, or is left out when there is none; event 1085 says so. None of them ever
 * holds back the signed databases or another list. What only the gate can tell of a list is for {@link giveBack}.
 * @throws STORE_*, INTERRUPTED, SOURCE_DEADLINE
 */
export async function acquireParts(
  wanted: readonly CustomFile[],
  base: Authentic | null,
  place: PartPlace,
  job: DatabaseJob,
): Promise<AcquiredParts> {
  const parts: AcquiredPart[] = []
  const records: PartRecord[] = []
  const failures: DefsError[] = []
  const until = Date.now() + timeFor(job)
  for (const one of wanted) {
    const left = Math.max(1000, until - Date.now())
    const own = (signal: AbortSignal) =>
      bringPart(one, base, place, parts, { ...job, run: { ...job.run, signal } })
    const part = await withinTime(left, job.run.signal, own).catch((error: unknown) => {
      if (!isOfPart(error, job)) throw error
      failures.push(error)
      return keep(one, error, base, place, job)
    })
    if (part) parts.push(part)
    records.push(part?.record ?? leftOut(one))
  }
  return { parts, records, failures }
}

/**
 * Gives the new lists that the engine does not load by themselves their last good copies back, once it has refused the
 * set they are in; event 1085 for each, as if they had not come.
 * @returns what lies in the set now; null when none of them is to blame
 * @throws STORE_*, TRUST_DIGEST, INTERRUPTED
 */
export async function giveBack(
  { parts, records, failures }: AcquiredParts,
  wanted: readonly CustomFile[],
  base: Authentic | null,
  place: PartPlace,
  job: DatabaseJob,
): Promise<AcquiredParts | null> {
  const { config, context } = job.run
  const kept = new Map<string, AcquiredPart | null>()
  const faults: DefsError[] = []
  for (const one of wanted) {
    const fresh = parts.find(({ record }) => record.name === one.file && record.state === 'fetched')
    const path = join(place.set, fresh?.file.name ?? one.file)
    const why = fresh ? await loadsAlone(path, place.scratch, config, context) : null
    if (why === null) continue
    const fault = corrupt(one.file, why)
    await rm(path, { force: true })
    kept.set(one.file, await keep(one, fault, base, place, job))
    faults.push(fault)
  }
  if (faults.length === 0) return null
  return {
    parts: parts.flatMap((part) => {
      const copy = kept.get(part.record.name)
      return copy === undefined ? part : (copy ?? [])
    }),
    records: records.map((record) => {
      const copy = kept.get(record.name)
      return copy === undefined ? record : (copy?.record ?? leftOut({ file: record.name }))
    }),
    failures: [...failures, ...faults],
  }
}

function leftOut({ file: name }: Pick<CustomFile, 'file'>): PartRecord {
  return { name, state: 'left-out', url: null, sha256: null }
}

function corrupt(name: string, why: string): DefsError {
  return new DefsError('ARCHIVE_CORRUPT', `${name}: ${why}`, { path: name })
}

/** Half of the time that is left, and never more than the bound. */
function timeFor({ run }: DatabaseJob): number {
  return Math.min(limits.parts, Math.max(0, run.deadline.getTime() - run.context.now().getTime()) / 2)
}

/** What one list alone is to blame for; what the store or the user says ends the run. */
function isOfPart(error: unknown, { run }: DatabaseJob): error is DefsError {
  if (run.context.signal.aborted || run.signal.aborted) return false
  return error instanceof DefsError && /^(SOURCE|INDEX|FETCH|ARCHIVE|TRUST|GATE)_/.test(error.code)
}

/** A copy when it is pinned and installed already, else fetched and looked at. */
async function bringPart(
  { file: name, path: there, sha256, places, validator, failure, resting, unchanged }: CustomFile,
  base: Authentic | null,
  place: PartPlace,
  others: readonly AcquiredPart[],
  job: DatabaseJob,
): Promise<AcquiredPart> {
  const here = await lastCopyOf(name, base)
  const same = here?.sha256 === sha256 || resting !== null || (unchanged && !job.run.force)
  if (base && here && same) {
    const [copy] = await copyFiles([here.file.name], base, place.set, job)
    if (copy) return { file: copy, record: recordOf(name, here.sha256, 'unchanged', null, sha256) }
  }
  if (failure) throw failure
  if (resting) throw atRest(name, resting)
  const fetched = await fetchFile(
    { path: there, most: null, sha256, places, state: validator ?? '' },
    job,
  ).catch((error: unknown) => {
    // Beside the signed databases, a 403 is about this file and not about the mirror.
    const [first] = places
    const beside = first !== undefined && job.mirrors.some(({ url }) => url === first.url)
    throw error instanceof DefsError && beside ? coolingAt(`${first.url}${name}`, error) : error
  })
  try {
    const path = join(place.set, name)
    const known = { bytes: fetched.bytes, sha256: fetched.sha256, sha1: null }
    const { signal, config } = job.run
    const digested = await placeMember(fetched.file, path, known, signal, config.store.reserve)
    try {
      if (digested.sha256 !== fetched.sha256)
        throw new DefsError('TRUST_DIGEST', `${name} was changed after it was fetched`, { path: name })
      if (digested.sha256 !== here?.sha256) await assertGood(name, sha256 !== null, here, place, others, job)
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
    if (sha256 === null) noteUnsigned(name, fetched.url, job)
    const state = digested.sha256 === here?.sha256 ? 'unchanged' : 'fetched'
    const list = { name, bytes: digested.bytes, sha256: digested.sha256 ?? fetched.sha256 }
    return {
      file: (await packed(list, place, job)) ?? { name, ...digested },
      record: recordOf(name, list.sha256, state, fetched.url, sha256),
    }
  } finally {
    await discard(fetched)
  }
}

async function packed(list: DatabaseMember, { set }: PartPlace, { run, options }: DatabaseJob) {
  if (!isPacked(list, set, options.limits.unpacked)) return null
  const { reserve } = run.config.store
  const container = await packList(set, list, { ...options, signal: run.signal, reserve })
  return container && { ...container, sha1: null }
}

/**
 * Rule: what replaces a list holds signatures, about as many as before, and the engine loads it. Stops: a page, an
 * emptied list or one bad line in the place of thousands of signatures, or of the engine's start. A pinned one is the
 * one that was looked at already, and so is what the last good copy has alike. Where each line was looked at and one is
 * for any engine, nothing is passed over in silence: the load of the whole set at the gate shows the same, and a long
 * list is not loaded twice.
 */
async function assertGood(
  name: string,
  pinned: boolean,
  there: LastCopy | null,
  { set, scratch }: PartPlace,
  others: readonly AcquiredPart[],
  { run }: DatabaseJob,
): Promise<void> {
  const { config, context, signal } = run
  const shrink = run.force || pinned ? 0 : mayLack(name, config.gate)
  const came = () => contentOfFile(join(set, name), signal)
  if (there !== null && (await mayFollow(name, there.contents(signal), came(), shrink))) return
  const old = there === null ? null : await checkList(name, there.contents(signal), true)
  const fresh = await checkList(name, came())
  const why = whyNot(fresh, old, shrink) ?? (await doubledRule(fresh, set, others, signal))
  if (why !== null) throw corrupt(name, why)
  if (fresh.anyVersion) return
  const alone = await loadsAlone(join(set, name), scratch, config, context)
  if (alone !== null) throw corrupt(name, alone)
}

/** Percent that a list may lack; 0 for any. What the gate would refuse the whole set for is kept out here. */
function mayLack(name: string, { shrink, allowed }: Config['gate']): number {
  const bounds = [shrink.rapid, ...(allowing.test(name) ? [allowed] : [])].filter((bound) => bound > 0)
  return bounds.length === 0 ? 0 : Math.min(...bounds)
}

// ClamAV drops the second rule of a name, and the rest of its file with it.
async function doubledRule(
  { rules }: ListReport,
  set: string,
  others: readonly AcquiredPart[],
  signal: AbortSignal,
): Promise<string | null> {
  for (const { file } of rules.length > 0 ? others : []) {
    // A list of hashes has none.
    if (listIn(file.name) !== null) continue
    const { rules: theirs } = await checkList(file.name, contentOfFile(join(set, file.name), signal))
    const both = rules.find((rule) => theirs.includes(rule))
    if (both !== undefined) return `the rule '${both}' is in ${file.name}, too`
  }
  return null
}

/** A pinned list is that one or none: what was pinned before was given up. */
async function keep(
  { file: name, sha256 }: CustomFile,
  error: DefsError,
  base: Authentic | null,
  place: PartPlace,
  job: DatabaseJob,
): Promise<AcquiredPart | null> {
  const here = await lastCopyOf(name, base)
  const good = here !== null && (sha256 === null || here.sha256 === sha256)
  const [copy] = base && good ? await copyFiles([here.file.name], base, place.set, job) : []
  const what = copy ? 'keeps its last good copy' : 'is left out'
  job.run.report('part.kept', {
    source: job.offer.source,
    path: name,
    errorCode: error.code,
    reason: `${what}: ${error.message}`,
  })
  return copy && here ? { file: copy, record: recordOf(name, here.sha256, 'kept', null, sha256) } : null
}

function recordOf(
  name: string,
  sha256: string | null,
  state: PartRecord['state'],
  url: string | null,
  pinned: string | null,
): PartRecord {
  const method = pinned === null ? 'unsigned' : 'pinned sha256'
  return { name, state, url, sha256, signedBy: unsignedBy(pinned !== null), method }
}

function noteUnsigned(name: string, url: string, { run }: DatabaseJob): void {
  const text = `${name} from ${url} is neither signed nor pinned: taken because of allowUnsigned`
  run.context.emit({ type: 'note', level: 'warning', text })
}
