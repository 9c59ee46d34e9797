import { DefsError } from '../error.ts'
import type { SetName } from '../set-name.ts'
import type { Authentic } from '../trust/authentic.ts'
import { checkCurrentLink, followWithLink } from './current-link.ts'
import { type Pointer, readPointer, recordPointer, writePointer } from './pointer.ts'
import { isComplete, setDirectory } from './sets.ts'
import type { Active, Staged } from './staged.ts'
import type { Store } from './store.ts'
import { listConsumer } from './usage.ts'

/**
 * Makes a set current: `definfo.dat`, then `usage.dat`, then the `current` link, each by one rename. The first
 * rename decides; a crash after it is finished by recover.ts.
 * @param set freshly staged, or an older set of this store that was authenticated again
 * @param product its `name` is our line in `usage.dat`
 * @param bad sets that must not become the previous one
 * @throws STORE_POINTER when the set is not whole under its dated name or `current` is in the way; STORE_*
 */
export async function activate(
  { set, directory }: Staged | Authentic,
  store: Store,
  product: { readonly name: string },
  bad: readonly SetName[] = [],
): Promise<Active> {
  if (directory !== setDirectory(store, set) || !(await isComplete(directory))) {
    throw new DefsError('STORE_POINTER', `${directory} is no complete set of this store: run 'defs update'`, {
      path: directory,
    })
  }
  await checkCurrentLink(store)
  const old = await readPointer(store)
  const previous = await previousFor([set, ...bad], old, store)
  await recordPointer(store, set, old.current)
  await writePointer(store, set, previous)
  await recordPointer(store, set, null)
  await listConsumer(store, product.name, set)
  await followWithLink(store, set)
  return { set, directory, previous }
}

/** What was current before, or before that: the first that still is there to go back to. */
async function previousFor(not: readonly SetName[], old: Pointer, store: Store): Promise<SetName | null> {
  for (const candidate of [old.current, old.previous]) {
    if (candidate === null || not.includes(candidate)) continue
    if (await isComplete(setDirectory(store, candidate))) return candidate
  }
  return null
}
