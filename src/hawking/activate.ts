import { lstatSync } from 'node:fs'
import { readdir, utimes } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { DefsError, storeError } from '../error.ts'
import type { SetName } from '../set-name.ts'
import type { Authentic } from '../trust/authentic.ts'
import { checkCurrentLink, followWithLink } from './current-link.ts'
import { type Pointer, readPointer, recordPointer, writePointer } from './pointer.ts'
import { isComplete, setDirectory } from './sets.ts'
import type { Active, Staged } from './stage.ts'
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
  if (old.current !== null && old.current !== set)
    await neverOlder(directory, setDirectory(store, old.current))
  await recordPointer(store, set, old.current)
  await writePointer(store, set, previous)
  await recordPointer(store, set, null)
  await listConsumer(store, product.name, set)
  await followWithLink(store, set)
  return { set, directory, previous }
}

/** Leaves a previous set out of `definfo.dat` that is gone while the current one is there. Call it under the lock. @throws STORE_* */
export async function forgetMissingPrevious(store: Store): Promise<void> {
  const { current, previous } = await readPointer(store)
  if (current === null || previous === null || (await isComplete(setDirectory(store, previous)))) return
  if (!(await isComplete(setDirectory(store, current)))) return
  await writePointer(store, current, null)
}

/** What was current before, or before that: the first that still is there to go back to. */
async function previousFor(not: readonly SetName[], old: Pointer, store: Store): Promise<SetName | null> {
  for (const candidate of [old.current, old.previous]) {
    if (candidate === null || not.includes(candidate)) continue
    if (await isComplete(setDirectory(store, candidate))) return candidate
  }
  return null
}

/**
 * Rule: no file of the set that becomes current is older than the one it replaces. Stops: a consumer that loads only what
 * is newer (named does) and would keep the bad list after we went back. Times are no part of any proof.
 */
async function neverOlder(directory: string, replaced: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const before = changedAt(join(replaced, relative(directory, path)))
    if (before === null || (changedAt(path) ?? 0) > before) continue
    // A second later at least, since many look at whole seconds; times are cut off below the millisecond when they are set.
    const time = new Date(Math.max(Date.now(), Math.ceil(before) + 1001))
    await utimes(path, time, time).catch((error: unknown) => {
      throw storeError(error, `giving ${path} a later time`)
    })
  }
}

/** At once, since a set may have thousands of files, and every way through another thread takes longer than the look. */
function changedAt(path: string): number | null {
  try {
    return lstatSync(path).mtimeMs
  } catch {
    return null
  }
}
