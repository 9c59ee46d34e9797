import { storeError } from '../error.ts'
import type { Check, Flaw } from './flaw.ts'
import { leftovers } from './leftovers.ts'
import { linkFlaws, pointerFlaws, usageFlaws } from './pointer-checks.ts'
import type { Store } from './store.ts'
import { incompleteSets, unfinishedSets } from './unfinished.ts'

/** A flaw, and whether it is gone now. */
export interface Finding extends Omit<Flaw, 'mend'> {
  readonly repaired: boolean
}

// In this order: what waits in a workspace is moved in before workspaces are swept, and whether the pointer
// dangles is seen after that.
const checks: readonly Check[] = [
  unfinishedSets,
  leftovers,
  incompleteSets,
  pointerFlaws,
  usageFlaws,
  linkFlaws,
]

/**
 * Finishes or undoes what a crash left, under the lock and before anything is written.
 * @returns what was found, mended or not; empty for a store in order
 * @throws STORE_*
 */
export async function recover(store: Store, product: { readonly name: string }): Promise<readonly Finding[]> {
  return examine(store, product, true)
}

/** The same findings with nothing changed. Without the lock, a run in progress shows up as a leftover. @throws STORE_* */
export async function inspect(store: Store, product: { readonly name: string }): Promise<readonly Finding[]> {
  return examine(store, product, false)
}

async function examine(
  store: Store,
  product: { readonly name: string },
  repair: boolean,
): Promise<Finding[]> {
  const findings: Finding[] = []
  try {
    for (const check of checks) {
      for (const { mend, ...flaw } of await check(store, product)) {
        if (repair) await mend?.()
        findings.push({ ...flaw, repaired: repair && mend !== null })
      }
    }
  } catch (error) {
    throw storeError(error, `looking for what earlier runs left in ${store.root}`)
  }
  return findings
}
