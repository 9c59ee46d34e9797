import type { DatabasePatch } from '../../archive/clamav/database.ts'
import { readPatch } from '../../archive/clamav/read-patch.ts'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { PatchProof } from '../../trust/clamav/clamav-trust.ts'
import { provePatch } from '../../trust/clamav/prove-patch.ts'
import { fetchBytes, fetchSign } from './fetch-file.ts'
import type { DatabaseJob } from './job.ts'

/** A patch as it came, proved. */
export interface FetchedPatch {
  readonly patch: DatabasePatch
  /** The bytes of its `.sign`; null when there is none. */
  readonly sign: Uint8Array | null
  readonly proof: PatchProof
}

/**
 * Fetches and proves the patch that leads to a version from the one before, with its `.sign`.
 * @param most bytes it may have; more than the whole database would be no gain
 * @throws SOURCE_NOT_FOUND when the mirror has none; FETCH_SIZE for an empty one, which says that the whole
 *   database is to be taken; SOURCE_*, FETCH_*, ARCHIVE_*, TRUST_*, STORE_*
 */
export async function fetchPatch(
  name: string,
  version: number,
  most: number,
  job: DatabaseJob,
): Promise<FetchedPatch> {
  const path = `${name}-${version}.cdiff`
  const patch = readPatch(await fetchBytes({ path, most: Math.min(most, limits.databasePatch) }, job))
  if (!patch) throw new DefsError('FETCH_SIZE', `${path} is empty: the whole database is meant`, { path })
  const sign = await fetchSign(path, job)
  return { patch, sign, proof: provePatch(patch, { name, version }, sign, job.trust) }
}
