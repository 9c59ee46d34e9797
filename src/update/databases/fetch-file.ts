import { readFile } from 'node:fs/promises'
import { DefsError, isDefsError, storeError } from '../../error.ts'
import { discard, fetchPackage } from '../../fetch/fetch.ts'
import type { Fetched } from '../../fetch/fetched.ts'
import { limits } from '../../limits.ts'
import type { Mirror } from '../../source/clamav/clamav-offer.ts'
import { placeOf } from '../bounds.ts'
import type { DatabaseJob } from './job.ts'

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
  const place = placeOf(run)
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
