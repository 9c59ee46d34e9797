import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { copyMember } from '../../archive/copy-member.ts'
import type { OpenedFile } from '../../archive/opened.ts'
import { Hashing } from '../../digest.ts'
import { DefsError, storeError } from '../../error.ts'
import { discard } from '../../fetch/fetch.ts'
import { limits } from '../../limits.ts'
import type { AdvertisedDatabase } from '../../source/clamav/clamav-offer.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { mayFallBack } from '../may-fall-back.ts'
import { type BaseDatabase, copyFiles, findBase } from './base.ts'
import type { BroughtDatabase } from './brought.ts'
import type { DatabaseJob } from './job.ts'
import { bringPatched, type Workplace } from './patched.ts'
import { fetchWhole, type WholeDatabase } from './whole.ts'

/**
 * Brings one database into the new set by the shortest way: a copy of what is installed when that is as new, else
 * patches, else the whole file; event 1009 when patches did not do.
 * @throws SOURCE_*, FETCH_*, ARCHIVE_*, TRUST_*, STORE_*, INTERRUPTED
 */
export async function bringDatabase(
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
    if (!mayFallBack(error, job.run)) throw error
    const { code: errorCode, message: reason } = error
    const { source } = job.offer
    job.run.report('download.fell-back', { source, path: error.facts.path ?? name, errorCode, reason })
  }
  const whole = await fetchWhole(wanted, found?.header.version ?? null, job)
  if (whole) return placed(name, whole, place, job)
  if (!found) throw new DefsError('BUG', `${name} is neither there nor installed`)
  const text = `the mirror is behind: it has ${name} ${found.header.version}, which is installed, and not ${version}`
  job.run.context.emit({ type: 'note', level: 'warning', text })
  return copy(found, true)
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
    const copy = await copyMember(fetched.file, join(set, file), [], run.signal)
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

/** Writes a new file of a set. @throws STORE_* */
export async function writeSmall(directory: string, name: string, bytes: Uint8Array): Promise<OpenedFile> {
  await writeFile(join(directory, name), bytes, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    throw storeError(error, `writing ${name}`)
  })
  const hashing = new Hashing(['sha256'])
  hashing.update(bytes)
  return { name, bytes: bytes.length, sha256: hashing.finish('sha256') ?? '', sha1: null }
}
