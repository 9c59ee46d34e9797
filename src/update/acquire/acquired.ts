import { basename } from 'node:path'
import { DefsError, type ErrorCode, isDefsError } from '../../error.ts'
import { discard, fetchPackage } from '../../fetch/fetch.ts'
import type { DownloadTarget, Fetched, Trace } from '../../fetch/job.ts'
import type { PartRecord } from '../../hawking/line/parts.ts'
import { moveToQuarantine } from '../../hawking/quarantine.ts'
import type { ProvedDatabase } from '../../hawking/records.ts'
import { makeWorkspace, type Workspace } from '../../hawking/sets.ts'
import type { SetName } from '../../set-name.ts'
import type { IncrementalOffer, Offer, PackageFile } from '../../source/source.ts'
import type { Authentic, Signer } from '../../trust/authentic.ts'
import { deliveredBy } from '../ask-hosts.ts'
import type { ExceptedDraft } from '../except/exceptions.ts'
import type { Run } from '../run.ts'

/** Who vouches for what a set was made of. */
export interface SealedFrom {
  readonly signer: Signer
  readonly databases: readonly ProvedDatabase[] | null
  /** What it was put together of, when that can differ from what was wanted. */
  readonly parts?: readonly PartRecord[]
}

/** An offered set that is here and proved, in a workspace of the store. */
export interface AcquiredSet {
  readonly authentic: Authentic
  /** The package it came in; its `downloaded` counts those that were given up, too. */
  readonly fetched: Fetched
  readonly incremental: boolean
  /** How many files were copied or patched from the current set. */
  readonly reused: number
  /** What a set was made of that we sealed ourselves; absent for sets with a guard of their own. */
  readonly made?: SealedFrom
  /** The exceptions that were put into it; absent for sets that are taken as they come. */
  readonly excepted?: ExceptedDraft
  /** True when the far side had less than it offered: the same offer may bring more next time. */
  readonly lesser?: boolean
  /** Why parts of it are no newer than before. */
  readonly failures?: readonly DefsError[]
  /**
   * For a set that the engine refused, or that no gate will see: takes out what the engine does not load by itself either,
   * so that nothing else has to wait for it. Null when nothing of it is to blame; the set that is made is in the same workspace, in place of this one.
   */
  mend?(): Promise<AcquiredSet | null>
  /** Removes package and workspace; call it once the set is staged, or not wanted. */
  release(): Promise<void>
}

/** Opens a fetched package in a workspace and proves what is in it. */
export type Prove = (
  fetched: Fetched,
  workspace: Workspace,
) => Promise<{ readonly authentic: Authentic; readonly reused: number }>

/** Fetch, open, prove: nothing of it stays when one of them fails. */
export async function fetchAndProve(
  offer: Offer,
  place: DownloadTarget,
  trace: Trace,
  run: Run,
  prove: Prove,
): Promise<Omit<AcquiredSet, 'incremental'>> {
  const fetched = await fetchPackage(offer, place, run.context, run.signal, trace)
  const workspace = await makeWorkspace(run.store)
  const release = async () => {
    await discard(fetched)
    await workspace.remove()
  }
  try {
    return { ...(await prove(fetched, workspace)), fetched, release }
  } catch (error) {
    await keepForAnalysis(fetched, error, run)
    await release()
    throw deliveredBy(error, fetched.url)
  }
}

/** Where `quarantine.forward` asks for it, what no proof let through is kept as evidence, and sent on from there. */
async function keepForAnalysis({ file, offer, url }: Fetched, error: unknown, { config, store }: Run) {
  if (config.quarantine.forward === null || offer.package.folder !== null) return
  if (!isDefsError(error) || !/^(TRUST|ARCHIVE)_/.test(error.code)) return
  const evidence = {
    set: offer.set,
    code: error.code,
    problems: [error.message, `from ${offer.source}, ${url}`],
  }
  // Failing to keep it must not hide why it was refused.
  await moveToQuarantine(store, file, evidence, basename(offer.package.name)).catch(() => undefined)
}

/** The incremental packages of an offer that start from a set, the smallest first. */
function stepsFrom(base: SetName | null, { incremental }: Offer): IncrementalOffer[] {
  return incremental
    .filter((step) => step.base === base)
    .sort((a, b) => (a.package.bytes ?? 0) - (b.package.bytes ?? 0))
}

/** Whether a package is smaller than the full one, and not nothing. */
function pays({ package: { bytes } }: IncrementalOffer, full: PackageFile): boolean {
  return bytes !== null && bytes > 0 && (full.bytes === null || bytes < full.bytes)
}

/**
 * The smallest incremental package that leads from a set to the one on offer; null when none starts from it.
 * @throws FETCH_SIZE when there are such packages and each is empty or larger than the full one
 */
export function chooseIncremental(offer: Offer, base: SetName | null): PackageFile | null {
  const steps = stepsFrom(base, offer)
  const [first] = steps
  if (!first) return null
  const step = steps.find((one) => pays(one, offer.package))
  if (step) return step.package
  const { name, bytes } = first.package
  const text = `${name} has ${bytes ?? 'an unknown number of'} bytes, the full package ${offer.package.bytes}`
  throw new DefsError('FETCH_SIZE', `${text}: tell whoever runs the source`, { path: name })
}

/** What would be fetched first, when everything is in order. */
export function choosePackage(offer: Offer, base: SetName | null): PackageFile {
  return stepsFrom(base, offer).find((step) => pays(step, offer.package))?.package ?? offer.package
}

const forAllPackages: readonly ErrorCode[] = ['SOURCE_DEADLINE', 'SOURCE_COOLING_DOWN']

/**
 * Whether the full package is worth a try after an error with a smaller one. What is wrong with one package, or with
 * the base, may be right with the full one. A full disk is no better then, and a server that asks to be left alone is
 * not asked for a hundred times as much.
 */
export function shouldTryFullPackage(error: unknown, run: Pick<Run, 'signal'>): error is DefsError {
  if (run.signal.aborted || !isDefsError(error)) return false
  if (forAllPackages.includes(error.code)) return false
  return /^(?:(?:SOURCE|FETCH|ARCHIVE|TRUST)_|STORE_IO$)/.test(error.code)
}
