import { join } from 'node:path'
import { copyMember } from '../../archive/copy-member.ts'
import type { OpenedFile } from '../../archive/opened.ts'
import { DefsError } from '../../error.ts'
import { discard } from '../../fetch/fetch.ts'
import type { CustomFile } from '../../source/clamav/clamav-offer.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { copyFiles } from './base.ts'
import { fetchFile } from './fetch-file.ts'
import type { DatabaseJob } from './job.ts'

/** An unsigned database that lies in the new set. */
export interface BroughtCustom {
  readonly file: OpenedFile
  /** Null for a copy of what was there. */
  readonly url: string | null
}

/**
 * Brings an unsigned database into the new set: a copy when it is pinned and installed already, else fetched. One
 * that is not pinned is taken on trust, as its owner allowed, and that is said.
 * @throws TRUST_DIGEST for another one than was pinned; SOURCE_*, FETCH_*, STORE_*
 */
export async function bringCustom(
  { file: name, sha256, places, validator }: CustomFile,
  base: Authentic | null,
  set: string,
  job: DatabaseJob,
): Promise<BroughtCustom> {
  const here = base?.files.find((one) => one.name === name && one.sha256 === sha256)
  const [copy] = base && here ? await copyFiles([name], base, set, job) : []
  if (copy) return { file: copy, url: null }
  const fetched = await fetchFile({ path: name, most: null, sha256, places, state: validator ?? '' }, job)
  try {
    const digested = await copyMember(fetched.file, join(set, name), [], job.run.signal)
    if (digested.sha256 !== fetched.sha256)
      throw new DefsError('TRUST_DIGEST', `${name} was changed after it was fetched`, { path: name })
    if (sha256 === null) noteUnsigned(name, fetched.url, job)
    return { file: { name, ...digested }, url: fetched.url }
  } finally {
    await discard(fetched)
  }
}

function noteUnsigned(name: string, url: string, { run }: DatabaseJob): void {
  const text = `${name} from ${url} is neither signed nor pinned: taken because of allowUnsigned`
  run.context.emit({ type: 'note', level: 'warning', text })
}
