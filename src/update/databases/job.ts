import type { DatabaseOptions } from '../../archive/clamav/database.ts'
import type { Trace } from '../../fetch/job.ts'
import type { ClamavOffer, Mirror } from '../../source/clamav/clamav-offer.ts'
import type { Offer } from '../../source/source.ts'
import type { ClamavTrust } from '../../trust/clamav/clamav-trust.ts'
import { vendorKeys } from '../../trust/clamav/keys.ts'
import type { Run } from '../run.ts'
import { readRoots } from './read-roots.ts'

/** What fetching and proving one file of a ClamAV mirror needs. */
export interface DatabaseJob {
  readonly offer: Offer
  readonly mirrors: readonly Mirror[]
  readonly trust: ClamavTrust
  readonly run: Run
  /** Counts what came over the wire, whatever became of it. */
  readonly trace: Trace
  readonly options: DatabaseOptions
}

/** Begins a job for an offer: reads the pinned roots. @throws TRUST_ANCHORS */
export async function beginDatabaseJob(offer: Offer, wanted: ClamavOffer, run: Run): Promise<DatabaseJob> {
  const { entries, unpacked, ratio } = run.config.limits
  const roots = await readRoots(wanted.certificates)
  return {
    offer,
    mirrors: wanted.mirrors,
    trust: { keys: vendorKeys, roots, sign: wanted.sign, now: run.startedAt },
    run,
    trace: { downloaded: 0, resumed: false },
    options: { limits: { entries, unpacked, ratio }, signal: run.signal },
  }
}
