import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isLeftover, isMissing } from '../disk/atomic-file.ts'
import { lockPath } from '../disk/lock.ts'
import { removeOrLeave } from '../disk/rename.ts'
import { storeError } from '../error.ts'
import { damagedRecords, linkFlaws, orphanedRecords, pointerFlaws, usageFlaws } from './checks.ts'
import type { Check, Flaw } from './flaw.ts'
import { fullQuarantine } from './quarantine.ts'
import {
  foreignUsage,
  incompleteSets,
  unfinishedSets,
  wholenessOfNamed,
  widePermissions,
} from './set-checks.ts'
import type { Store } from './store.ts'

/**
 * What runs that were cut short left behind: workspaces, asides of replaced files, rights to break a lock.
 * `partial/` is left alone: interrupted downloads are resumed from there.
 */
const leftovers: Check = async (store) => {
  const rightPrefix = `${basename(lockPath(store))}.`
  const places = [
    ...(await below(store.virusDefs, isLeftover)),
    ...(await below(store.state, (name) => isLeftover(name) || name.startsWith(rightPrefix))),
    ...(await below(store.provenance, isLeftover)),
  ]
  return places.map(leftover)
}

async function below(folder: string, matches: (name: string) => boolean): Promise<string[]> {
  try {
    return (await readdir(folder)).filter(matches).map((name) => join(folder, name))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function leftover(path: string): Flaw {
  return {
    code: 'leftover',
    path,
    message: `${path} was left by a run that was cut short`,
    cure: 'removed',
    mend: () => removeOrLeave(path),
  }
}

/** A flaw, and whether it is gone now. */
export interface StoreFinding extends Pick<Flaw, 'code' | 'path' | 'message'> {
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
  // A set that was removed and whose record was not: nothing else would ever mend that.
  orphanedRecords,
]

// What no run mends by itself: it is other products' business, or a change that somebody made.
const furtherChecks: readonly Check[] = [
  foreignUsage,
  wholenessOfNamed,
  widePermissions,
  damagedRecords,
  fullQuarantine,
]

/**
 * Finishes or undoes what a crash left, under the lock and before anything is written.
 * @returns what was found, mended or not; empty for a store in order
 * @throws STORE_*
 */
export async function recover(
  store: Store,
  product: { readonly name: string },
): Promise<readonly StoreFinding[]> {
  return examine(checks, store, product, true)
}

/**
 * All that is wrong with a store, further things included that no run looks at.
 * @param repair mends what can be mended, under the lock; without it nothing is changed, and without the lock a
 * run in progress shows up as a leftover
 * @throws STORE_*
 */
export async function inspect(
  store: Store,
  product: { readonly name: string },
  repair = false,
): Promise<readonly StoreFinding[]> {
  return examine([...checks, ...furtherChecks], store, product, repair)
}

async function examine(
  list: readonly Check[],
  store: Store,
  product: { readonly name: string },
  repair: boolean,
): Promise<StoreFinding[]> {
  const findings: StoreFinding[] = []
  try {
    for (const check of list) {
      for (const { code, path, message, cure, mend } of await check(store, product)) {
        const repaired = repair && mend !== null
        if (repaired) await mend()
        findings.push({ code, path, message: repaired ? `${message}; ${cure}` : message, repaired })
      }
    }
  } catch (error) {
    throw storeError(error, `looking for what is wrong with ${store.root}`)
  }
  return findings
}
