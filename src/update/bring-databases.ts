import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { canaryFile, canaryLine } from '../canary.ts'
import { storeError } from '../error.ts'
import { makeWorkspace } from '../hawking/workspace.ts'
import type { ClamavOffer } from '../source/clamav/clamav-offer.ts'
import type { Offer } from '../source/source.ts'
import type { Authentic } from '../trust/authentic.ts'
import type { Arrival } from './arrive.ts'
import { type BroughtCustom, bringCustom } from './databases/bring-custom.ts'
import { bringDatabase, writeSmall } from './databases/bring-database.ts'
import type { BroughtDatabase } from './databases/brought.ts'
import { beginDatabaseJob, type DatabaseJob } from './databases/job.ts'
import { nameSet } from './databases/name-set.ts'
import type { Workplace } from './databases/patched.ts'
import { vouch } from './databases/vouch.ts'
import type { Run } from './run.ts'
import { sealSet } from './seal-set.ts'

/**
 * Puts a set of ClamAV databases together: each is copied, patched or fetched, and proved by ClamAV's own means; the
 * whole folder is then sealed as one set.
 * @param base the current set, proved in this run; null to fetch everything whole
 * @throws SOURCE_*, FETCH_*, ARCHIVE_*, TRUST_*, STORE_*, INTERRUPTED
 */
export async function bringDatabases(
  offer: Offer,
  wanted: ClamavOffer,
  base: Authentic | null,
  run: Run,
): Promise<Arrival> {
  const job = await beginDatabaseJob(offer, wanted, run)
  const workspace = await makeWorkspace(run.store)
  try {
    const place = { set: workspace.set, aside: join(workspace.directory, 'databases') }
    await mkdir(place.aside, { mode: 0o700 }).catch((error: unknown) => {
      throw storeError(error, `making ${place.aside}`)
    })
    const databases: BroughtDatabase[] = []
    for (const one of wanted.databases)
      databases.push(await bringDatabase(one, base, place, wanted.patches, job))
    const custom: BroughtCustom[] = []
    for (const one of wanted.custom) custom.push(await bringCustom(one, base, place.set, job))
    const authentic = await sealDatabases(databases, custom, place, job)
    const urls = [...databases, ...custom].flatMap(({ url }) => url ?? [])
    return {
      authentic,
      fetched: {
        offer,
        file: workspace.set,
        bytes: 0,
        downloaded: job.trace.downloaded,
        sha256: '',
        modified: null,
        url: urls[0] ?? wanted.mirrors[0]?.url ?? '',
      },
      incremental: databases.some(({ how }) => how === 'patched'),
      reused:
        databases.filter(({ how }) => how !== 'whole').length +
        custom.filter(({ url }) => url === null).length,
      made: vouch(databases, job),
      lesser: databases.some(({ lesser }) => lesser),
      release: () => workspace.remove(),
    }
  } catch (error) {
    await workspace.remove()
    throw error
  }
}

async function sealDatabases(
  databases: readonly BroughtDatabase[],
  custom: readonly BroughtCustom[],
  { set: directory }: Workplace,
  { run }: DatabaseJob,
): Promise<Authentic> {
  const set = await nameSet(databases, custom, run.store)
  const files = [...databases.flatMap((one) => one.files), ...custom.map(({ file }) => file)]
  // clamd tells the version of `daily` only, and sets may share it: what this set alone detects proves it in use.
  files.push(await writeSmall(directory, canaryFile, Buffer.from(canaryLine(set))))
  const number = databases.reduce((sum, { proved }) => sum + proved.version, 0)
  const claim = { set, sequence: { number, signed: true }, grade: 'certified' } as const
  return sealSet({ directory, files }, claim, run)
}
