import { type DatabaseHeader, databaseHeaderBytes, readDatabaseHeader } from '../../clamav/header.ts'
import type { DatabaseProof } from '../../clamav/keys.ts'
import { openDatabase } from '../../clamav/open-database.ts'
import { proveDatabase } from '../../clamav/prove.ts'
import { DefsError, isDefsError, mostSevere } from '../../error.ts'
import { discard } from '../../fetch/fetch.ts'
import type { Fetched } from '../../fetch/job.ts'
import { formsAt } from '../../source/clamav/source.ts'
import type { AdvertisedDatabase } from '../../source/source.ts'
import { startOf } from '../../transport/body.ts'
import { type DatabaseJob, fetchFile, fetchSign } from './database-job.ts'

/** A whole database as it came, proved. Discard it once it was copied. */
export interface WholeDatabase {
  readonly ending: 'cvd' | 'cld'
  readonly header: DatabaseHeader
  readonly fetched: Fetched
  /** Of the whole file, lower-case hexadecimal. */
  readonly sha256: string
  /** The bytes of its `.sign`; null when there is none. */
  readonly sign: Uint8Array | null
  readonly proof: DatabaseProof
}

/**
 * Fetches and proves a whole database with its `.sign`. Rule: a mirror whose bytes are refused, or that is behind what
 * was advertised, is left for the next one; the newest that any of them has is taken, as long as it is newer than what
 * is installed. Stops: one damaged or lagging mirror that holds back everybody who asks it first.
 * @param installed the version that is installed and proved; null for none
 * @returns null when no mirror has more than what is installed
 * @throws the gravest of what the mirrors did: TRUST_ROLLBACK for one that is older than what is installed; SOURCE_*,
 *   FETCH_*, ARCHIVE_*, TRUST_*, STORE_*
 */
export async function fetchWhole(
  wanted: AdvertisedDatabase,
  installed: number | null,
  job: DatabaseJob,
): Promise<WholeDatabase | null> {
  const failures: DefsError[] = []
  let best: WholeDatabase | null = null
  let same = false
  for (const [index, mirror] of job.mirrors.entries()) {
    try {
      const ending = index === 0 ? wanted.ending : null
      const least = Math.max(installed ?? 0, best?.proof.version ?? 0)
      const whole = await fetchFrom({ ...wanted, ending }, least, { ...job, mirrors: [mirror] })
      if (!whole) same = true
      else {
        if (best) await discard(best.fetched)
        best = whole
        if (whole.proof.version >= wanted.version) return whole
      }
    } catch (error) {
      if (!isDefsError(error) || job.run.signal.aborted || !isOfMirror(error)) {
        if (best) await discard(best.fetched)
        throw error
      }
      failures.push(error)
      const last = index === job.mirrors.length - 1
      if (!last) note(`left ${mirror.url} for the next mirror: ${error.message}`, job)
    }
  }
  const worst = mostSevere(failures.map((error) => ({ error })))?.error
  // That a further mirror was not there is no news when another one answered.
  if (best || (same && (!worst || worst.code.startsWith('SOURCE_')))) return best
  throw worst ?? new DefsError('SOURCE_NOT_FOUND', `no mirror was named for ${wanted.name}`)
}

/** Roots that cannot be read, a full disk and the end of the run are the same with every mirror. */
function isOfMirror({ code }: DefsError): boolean {
  if (code === 'TRUST_ANCHORS' || code === 'SOURCE_DEADLINE') return false
  return /^(SOURCE|FETCH|ARCHIVE|TRUST)_/.test(code)
}

function note(text: string, { run }: DatabaseJob): void {
  run.context.emit({ type: 'note', level: 'warning', text })
}

/**
 * The database of one mirror; null when it has nothing above `least`, which is installed or in hand. Where its bytes are
 * refused, what the mirror has in the other form counts.
 * @param last whether the other form was tried already
 */
async function fetchFrom(
  { name, version, ending: known }: Pick<AdvertisedDatabase, 'name' | 'version' | 'ending'>,
  least: number,
  job: DatabaseJob,
  last = false,
): Promise<WholeDatabase | null> {
  const seen = known === null ? await lookAt(name, version, job) : null
  // A mirror is often behind DNS for some minutes: that is seen before anything large is fetched.
  if (seen && !isWanted(seen.header, name, least)) return null
  const ending = seen?.ending ?? known ?? 'cvd'
  const state = `${version} ${job.mirrors[0]?.url ?? ''}`
  const fetched = await fetchFile({ path: `${name}.${ending}`, most: null, state }, job)
  try {
    const opened = await openDatabase(fetched.file, null, job.options)
    const { header, sha256 } = opened
    if (!isWanted(header, name, least)) {
      await discard(fetched)
      return null
    }
    const sign = await fetchSign(`${name}-${header.version}.${ending}`, job)
    const proof = proveDatabase(opened, { name, version: header.version }, sign, job.trust)
    return { ending, header, fetched, sha256, sign, proof }
  } catch (error) {
    await discard(fetched)
    if (last || job.run.signal.aborted || !isDefsError(error) || !isOfMirror(error)) throw error
    const other = formsAt(job.mirrors[0]?.url ?? '').find((form) => form !== ending)
    const again = other && fetchFrom({ name, version, ending: other }, least, job, true).catch(() => null)
    const whole = (await again) ?? null
    if (whole === null) throw error
    note(`${name}.${ending} is refused, and ${name}.${other} beside it is taken: ${error.message}`, job)
    return whole
  }
}

/**
 * The header of a database before it is fetched; null when nobody can tell. The other form is asked for only where the
 * first is not there or behind what was advertised: a mirror counts what is asked of it.
 */
async function lookAt(name: string, version: number, job: DatabaseJob) {
  const [mirror] = job.mirrors
  if (!mirror) return null
  const found: { ending: 'cvd' | 'cld'; header: DatabaseHeader }[] = []
  for (const ending of formsAt(mirror.url)) {
    try {
      const { body } = await mirror.remote(`${name}.${ending}`).open(null, job.run.signal, true)
      const header = readDatabaseHeader(await startOf(body, databaseHeaderBytes))
      found.push({ ending, header })
      if (header.version >= version) break
    } catch (error) {
      // Whatever else is wrong shows again when it is fetched.
      if (!isDefsError(error, 'SOURCE_NOT_FOUND')) break
    }
  }
  return found.sort((a, b) => b.header.version - a.header.version)[0] ?? null
}

/**
 * Whether a database is above what is installed, or in hand.
 * Rule: nothing older than what is installed comes. Stops: a mirror that would take its clients back.
 */
function isWanted({ version }: DatabaseHeader, name: string, least: number): boolean {
  if (version > least) return true
  if (version === least) return false
  const text = `${name} came as version ${version}, which is older than ${least}: the mirror is behind`
  throw new DefsError('TRUST_ROLLBACK', text, { path: name })
}
