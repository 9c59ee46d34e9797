import { discard, fetchPackage } from '../fetch/fetch.ts'
import type { Fetched } from '../fetch/fetched.ts'
import type { Trace } from '../fetch/job.ts'
import type { Place } from '../fetch/place.ts'
import type { ProvedDatabase } from '../hawking/record.ts'
import { makeWorkspace, type Workspace } from '../hawking/workspace.ts'
import type { Offer } from '../source/source.ts'
import type { Authentic, Signer } from '../trust/authentic.ts'
import type { Run } from './run.ts'

/** Who vouches for what a set was made of. */
export interface Made {
  readonly signer: Signer
  readonly databases: readonly ProvedDatabase[] | null
}

/** An offered set that is here and proved, in a workspace of the store. */
export interface Arrival {
  readonly authentic: Authentic
  /** The package it came in; its `downloaded` counts those that were given up, too. */
  readonly fetched: Fetched
  readonly incremental: boolean
  /** How many files were copied or patched from the current set. */
  readonly reused: number
  /** What a set was made of that we sealed ourselves; absent for sets with a guard of their own. */
  readonly made?: Made
  /** True when the far side had less than it offered: the same offer may bring more next time. */
  readonly lesser?: boolean
  /** Removes package and workspace; call it once the set is staged, or not wanted. */
  release(): Promise<void>
}

/** Opens a fetched package in a workspace and proves what is in it. */
export type Prove = (
  fetched: Fetched,
  workspace: Workspace,
) => Promise<{ readonly authentic: Authentic; readonly reused: number }>

/** Fetch, open, prove: nothing of it stays when one of them fails. */
export async function arrive(
  offer: Offer,
  place: Place,
  trace: Trace,
  run: Run,
  prove: Prove,
): Promise<Omit<Arrival, 'incremental'>> {
  const fetched = await fetchPackage(offer, place, run.context, run.signal, trace)
  const workspace = await makeWorkspace(run.store)
  const release = async () => {
    await discard(fetched)
    await workspace.remove()
  }
  try {
    return { ...(await prove(fetched, workspace)), fetched, release }
  } catch (error) {
    await release()
    throw error
  }
}
