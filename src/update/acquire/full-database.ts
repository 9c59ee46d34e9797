import { type DatabaseHeader, databaseHeaderBytes, readDatabaseHeader } from '../../clamav/header.ts'
import type { DatabaseProof } from '../../clamav/keys.ts'
import { openDatabase } from '../../clamav/open-database.ts'
import { proveDatabase } from '../../clamav/prove.ts'
import { DefsError, isDefsError } from '../../error.ts'
import { discard } from '../../fetch/fetch.ts'
import type { Fetched } from '../../fetch/job.ts'
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
 * Fetches and proves a whole database with its `.sign`.
 * @param installed the version that is installed and proved; null for none
 * @returns null when the mirror only has what is installed
 * @throws TRUST_ROLLBACK for one that is older than advertised; SOURCE_*, FETCH_*, ARCHIVE_*, TRUST_*, STORE_*
 */
export async function fetchWhole(
  { name, version, ending: known }: AdvertisedDatabase,
  installed: number | null,
  job: DatabaseJob,
): Promise<WholeDatabase | null> {
  const seen = known === null ? await lookAt(name, job) : null
  // A mirror is often behind DNS for some minutes: that is seen before anything large is fetched.
  if (seen && !isWanted(seen.header, { name, version }, installed)) return null
  const ending = seen?.ending ?? known ?? 'cvd'
  const fetched = await fetchFile({ path: `${name}.${ending}`, most: null, state: String(version) }, job)
  try {
    const opened = await openDatabase(fetched.file, null, job.options)
    const { header, sha256 } = opened
    if (!isWanted(header, { name, version }, installed)) {
      await discard(fetched)
      return null
    }
    const sign = await fetchSign(`${name}-${header.version}.${ending}`, job)
    const proof = proveDatabase(opened, { name, version: header.version }, sign, job.trust)
    return { ending, header, fetched, sha256, sign, proof }
  } catch (error) {
    await discard(fetched)
    throw error
  }
}

/** The header of a database before it is fetched: of the `.cld` where there is no `.cvd`. */
async function lookAt(name: string, job: DatabaseJob) {
  const [mirror] = job.mirrors
  if (!mirror) return null
  for (const ending of ['cvd', 'cld'] as const) {
    try {
      const { body } = await mirror.remote(`${name}.${ending}`).open(null, job.run.signal)
      return { ending, header: readDatabaseHeader(await startOf(body, databaseHeaderBytes)) }
    } catch (error) {
      // Whatever else is wrong shows again when it is fetched, with the other mirrors behind this one.
      if (!isDefsError(error, 'SOURCE_NOT_FOUND')) return null
    }
  }
  return null
}

/**
 * Rule: what was advertised is what comes, or newer. Stops: a mirror that holds its clients back, and a stale
 * cache that would take them back.
 */
function isWanted(
  header: DatabaseHeader,
  { name, version }: Pick<AdvertisedDatabase, 'name' | 'version'>,
  installed: number | null,
): boolean {
  if (header.version >= version && header.version > (installed ?? 0)) return true
  if (header.version === installed) return false
  const text = `${name} was advertised as version ${version} and came as ${header.version}: the mirror is behind`
  throw new DefsError('TRUST_ROLLBACK', text, { path: name })
}
