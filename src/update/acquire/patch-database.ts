import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { applyPatch, readPatch } from '../../clamav/cdiff.ts'
import type { DatabasePatch } from '../../clamav/database.ts'
import type { PatchProof } from '../../clamav/keys.ts'
import { openDatabase, readContents } from '../../clamav/open-database.ts'
import { proveContents, provePatch } from '../../clamav/prove.ts'
import { writeCld } from '../../clamav/write-cld.ts'
import { DefsError, storeError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { AdvertisedDatabase } from '../../source/source.ts'
import {
  type BaseDatabase,
  type BroughtDatabase,
  type DatabaseJob,
  fetchBytes,
  fetchSign,
} from './database-job.ts'

/** Where a database is made: its unpacked files lie aside, the result goes into the set. */
export interface Workplace {
  readonly aside: string
  readonly set: string
}

/**
 * Brings a database from the installed version to the advertised one, patch by patch. Each patch is proved before it
 * is carried out, and the result by its own signed list.
 * @throws what fetching, proving and carrying out throw; then nothing of it lies in the set
 */
export async function bringPatched(
  { name, version, bytes }: AdvertisedDatabase,
  base: BaseDatabase,
  { aside, set }: Workplace,
  job: DatabaseJob,
): Promise<BroughtDatabase> {
  const directory = join(aside, name)
  const file = `${name}.cld`
  // Patches that are larger together than the whole database would be no gain.
  let budget = bytes ?? base.file.bytes
  let { method, signer } = base.proved
  let unjudged = false
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw storeError(error, `making ${directory}`)
    })
    await openDatabase(base.path, directory, job.options)
    for (let next = base.header.version + 1; next <= version; next++) {
      const { patch, proof } = await fetchPatch(name, next, budget, job)
      budget -= patch.bytes.length
      unjudged ||= proof.unjudged
      // A chain is as strong as its weakest link.
      if (proof.method === 'legacy') [method, signer] = ['legacy', null]
      else if (method === 'pkcs7') signer = proof.signer
      await applyPatch(patch, directory, job.options)
    }
    const contents = await readContents(directory, job.options)
    const { builtAt } = proveContents(contents, { name, version }, job.trust)
    const written = await writeCld(directory, contents, join(set, file), job.options)
    const patches = base.proved.patches + version - base.header.version
    const url = job.mirrors[0]?.remote(`${name}-${version}.cdiff`).url ?? null
    return {
      proved: { name, version, method, signer, patches },
      builtAt,
      how: 'patched',
      files: [{ name: file, ...written, sha1: null }],
      url,
      lesser: false,
      unjudged,
    }
  } catch (error) {
    await rm(join(set, file), { force: true })
    throw error
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

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
