import { join } from 'node:path'
import { openIncremental, type Rebuilt } from '../archive/incremental/open-incremental.ts'
import { openPackage } from '../archive/open.ts'
import { type DefsError, type ErrorCode, isDefsError } from '../error.ts'
import { discard, fetchPackage } from '../fetch/fetch.ts'
import type { Fetched } from '../fetch/fetched.ts'
import type { Trace } from '../fetch/job.ts'
import { makeWorkspace, type Workspace } from '../hawking/workspace.ts'
import type { Offer, PackageFile } from '../source/source.ts'
import type { Authentic } from '../trust/authentic.ts'
import { authenticate } from '../trust/authenticate.ts'
import { readGuard } from '../trust/guard.ts'
import { openingOf, placeOf } from './bounds.ts'
import type { Run } from './run.ts'
import { shorterWay } from './shorter-way.ts'

/** An offered set that is here and proved, in a workspace of the store. */
export interface Arrival {
  readonly authentic: Authentic
  /** The package it came in; its `downloaded` counts those that were given up, too. */
  readonly fetched: Fetched
  readonly incremental: boolean
  /** How many files were copied or patched from the current set. */
  readonly reused: number
  /** Removes package and workspace; call it once the set is staged, or not wanted. */
  release(): Promise<void>
}

/**
 * Brings an offered set here and proves it: by an incremental package when one starts from the current set, and
 * by the full one else, or when anything about that fails (event 1009). The guard judges both alike.
 * @param base the current set, proved in this run; null for the full package at once
 * @throws SOURCE_*, FETCH_*, ARCHIVE_*, TRUST_*, STORE_*, INTERRUPTED
 */
export async function bring(offer: Offer, base: Authentic | null, run: Run): Promise<Arrival> {
  const trace: Trace = { downloaded: 0, resumed: false }
  try {
    const step = base && shorterWay(offer, base.set)
    if (step) return await bringIncremental(offer, step, base, trace, run)
  } catch (error) {
    if (!mayFallBack(error, run)) throw error
    run.report('download.fell-back', {
      set: offer.set,
      source: offer.source,
      path: error.facts.path ?? null,
      errorCode: error.code,
      reason: error.message,
    })
  }
  return bringFull(offer, trace, run)
}

async function bringFull(offer: Offer, trace: Trace, run: Run): Promise<Arrival> {
  const arrived = await arrive(offer, trace, run, async (file, workspace) => ({
    opened: await openPackage(file, workspace.set, openingOf(run)),
    reused: 0,
  }))
  return { ...arrived, incremental: false }
}

async function bringIncremental(
  offer: Offer,
  step: PackageFile,
  base: Authentic,
  trace: Trace,
  run: Run,
): Promise<Arrival> {
  // What is unpacked in the end is the whole set, whatever travels.
  const { unpackedBytes = step.unpackedBytes } = offer.package
  const asStep = { ...offer, package: { ...step, unpackedBytes } }
  const arrived = await arrive(asStep, trace, run, (file, workspace) =>
    openIncremental(file, workspace.set, {
      ...openingOf(run),
      base,
      aside: join(workspace.directory, 'incremental'),
      namesIn: (guard) => readGuard(guard).files.keys(),
    }),
  )
  return { ...arrived, incremental: true }
}

/** Fetch, open, authenticate: nothing of it stays when one of them fails. */
async function arrive(
  offer: Offer,
  trace: Trace,
  run: Run,
  open: (file: string, workspace: Workspace) => Promise<Rebuilt>,
): Promise<Omit<Arrival, 'incremental'>> {
  const fetched = await fetchPackage(offer, placeOf(run), run.context, run.signal, trace)
  const workspace = await makeWorkspace(run.store)
  const release = async () => {
    await discard(fetched)
    await workspace.remove()
  }
  try {
    const { opened, reused } = await open(fetched.file, workspace)
    return { authentic: authenticate(opened, offer, run.trust), fetched, reused, release }
  } catch (error) {
    await release()
    throw error
  }
}

const forAllPackages: readonly ErrorCode[] = ['SOURCE_DEADLINE', 'SOURCE_COOLING_DOWN']

/**
 * What is wrong with one package, or with the base, may be right with the full one. A full disk is no better then,
 * and a server that asks to be left alone is not asked for a hundred times as much.
 */
function mayFallBack(error: unknown, run: Run): error is DefsError {
  if (run.signal.aborted || !isDefsError(error)) return false
  if (forAllPackages.includes(error.code)) return false
  return /^(?:(?:SOURCE|FETCH|ARCHIVE|TRUST)_|STORE_IO$)/.test(error.code)
}
