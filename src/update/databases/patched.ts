import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { applyPatch } from '../../archive/clamav/apply-patch.ts'
import { readContents } from '../../archive/clamav/contents.ts'
import { openDatabase } from '../../archive/clamav/open-database.ts'
import { writeCld } from '../../archive/clamav/write-cld.ts'
import { storeError } from '../../error.ts'
import type { AdvertisedDatabase } from '../../source/clamav/clamav-offer.ts'
import { proveContents } from '../../trust/clamav/prove-contents.ts'
import type { BaseDatabase } from './base.ts'
import type { BroughtDatabase } from './brought.ts'
import type { DatabaseJob } from './job.ts'
import { fetchPatch } from './patch.ts'

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
