import { join } from 'node:path'
import { openIncremental } from '../../archive/incremental.ts'
import { openPackage } from '../../archive/open.ts'
import type { Trace } from '../../fetch/job.ts'
import type { Offer, PackageFile } from '../../source/source.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { authenticate } from '../../trust/authenticate.ts'
import { readGuard } from '../../trust/guard.ts'
import { fetchOptions, openOptions, type Run } from '../run.ts'
import { type AcquiredSet, chooseIncremental, fetchAndProve, shouldTryFullPackage } from './acquired.ts'
import { acquireDatabases } from './databases.ts'
import { acquirePacks } from './packs.ts'
import { acquireRules } from './rules.ts'

/**
 * Brings an offered set here and proves it: by an incremental package when one starts from the current set, and
 * by the full one else, or when anything about that fails (event 1009). The guard judges both alike.
 * @param base the current set, proved in this run; null for the full package at once
 * @throws SOURCE_*, FETCH_*, ARCHIVE_*, TRUST_*, STORE_*, INTERRUPTED
 */
export async function acquireSet(offer: Offer, base: Authentic | null, run: Run): Promise<AcquiredSet> {
  if (offer.unguarded?.kind === 'clamav') return acquireDatabases(offer, offer.unguarded, base, run)
  const trace: Trace = { downloaded: 0, resumed: false }
  if (offer.unguarded?.kind === 'parts') return acquirePacks(offer, offer.unguarded, base, trace, run)
  if (offer.unguarded?.kind === 'rules') return acquireRules(offer, offer.unguarded, trace, run)
  try {
    const step = base && chooseIncremental(offer, base.set)
    if (step) return await acquireIncremental(offer, step, base, trace, run)
  } catch (error) {
    if (!shouldTryFullPackage(error, run)) throw error
    run.report('download.fell-back', {
      set: offer.set,
      source: offer.source,
      path: error.facts.path ?? null,
      errorCode: error.code,
      reason: error.message,
    })
  }
  return acquireFull(offer, trace, run)
}

async function acquireFull(offer: Offer, trace: Trace, run: Run): Promise<AcquiredSet> {
  const arrived = await fetchAndProve(offer, fetchOptions(run), trace, run, async ({ file }, workspace) => {
    const options = { ...openOptions(run, offer.package.name), flush: true }
    const opened = await openPackage(file, workspace.set, options)
    return { authentic: authenticate(opened, offer, run.trust), reused: 0 }
  })
  return { ...arrived, incremental: false }
}

async function acquireIncremental(
  offer: Offer,
  step: PackageFile,
  base: Authentic,
  trace: Trace,
  run: Run,
): Promise<AcquiredSet> {
  // What is unpacked in the end is the whole set, whatever travels.
  const { unpackedBytes = step.unpackedBytes } = offer.package
  const asStep = { ...offer, package: { ...step, unpackedBytes } }
  const arrived = await fetchAndProve(asStep, fetchOptions(run), trace, run, async ({ file }, workspace) => {
    const { opened, reused } = await openIncremental(file, workspace.set, {
      ...openOptions(run, step.name),
      base,
      aside: join(workspace.directory, 'incremental'),
      namesIn: (guard) => readGuard(guard).files.keys(),
    })
    return { authentic: authenticate(opened, asStep, run.trust), reused }
  })
  return { ...arrived, incremental: true }
}
