import { randomBytes } from 'node:crypto'
import { cp, lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isMissing, syncFolder, writeFileAtomic } from '../disk/atomic-file.ts'
import { assertSpace } from '../disk/free-space.ts'
import { renamePatiently } from '../disk/rename.ts'
import { type ErrorCode, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { SetName } from '../set-name.ts'
import type { Check } from './flaw.ts'
import type { Store } from './store.ts'

/** Why something was taken out of the store. */
export interface Evidence {
  readonly set: SetName | null
  readonly code: ErrorCode | null
  readonly problems: readonly string[]
}

/**
 * Moves a set, file or folder out of the way into `state/quarantine/<random>/`, beside an `evidence.json` that
 * says why. Over the border of a file system, or out of a lower layer of an overlay, it is copied; what is larger than the
 * whole quarantine may be, or would fill the disk, is removed then, the evidence stays. Bounded: the oldest entries go when there are too many or
 * they are too large.
 * @param name how it is called there
 * @returns the new place, null when it was removed
 * @throws STORE_*
 */
export async function moveToQuarantine(
  store: Store,
  path: string,
  evidence: Evidence,
  name: string = basename(path),
): Promise<string | null> {
  const entry = join(store.quarantine, randomBytes(8).toString('hex'))
  const place = join(entry, name)
  try {
    await mkdir(entry, { recursive: true, mode: 0o700 })
    const facts = { from: path, ...evidence }
    await writeFileAtomic(join(entry, 'evidence.json'), `${JSON.stringify(facts, null, 2)}\n`, 0o600)
    const moved = await moveOrRemove(path, place)
    await syncFolder(entry)
    await syncFolder(dirname(path))
    await boundQuarantine(store)
    return moved ? place : null
  } catch (error) {
    throw storeError(error, `moving ${path} into quarantine`)
  }
}

async function moveOrRemove(path: string, place: string): Promise<boolean> {
  try {
    await renamePatiently(path, place)
    return true
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error
    const bytes = await sizeOf(path)
    const fits = bytes <= limits.quarantine && hasRoom(dirname(place), bytes)
    if (fits) await copyAside(path, place)
    await rm(path, { recursive: true, force: true })
    return fits
  }
}

function hasRoom(folder: string, bytes: number): boolean {
  try {
    assertSpace(folder, bytes, limits.quarantineFree)
    return true
  } catch {
    return false
  }
}

/** A copy that is whole, or is not there: evidence that is half a file would mislead. */
async function copyAside(path: string, place: string): Promise<void> {
  try {
    await cp(path, place, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  } catch (error) {
    await rm(place, { recursive: true, force: true })
    throw error
  }
}

/** More in the quarantine than {@link limits} allow. */
export const fullQuarantine: Check = async (store) => {
  const surplus = await surplusOf(store)
  if (surplus.length === 0) return []
  return [
    {
      code: 'quarantine-full',
      path: store.quarantine,
      message: `${store.quarantine} holds ${surplus.length} entries more than it may`,
      cure: 'the oldest are removed',
      mend: () => boundQuarantine(store),
    },
  ]
}

async function boundQuarantine(store: Store): Promise<void> {
  for (const path of await surplusOf(store)) await rm(path, { recursive: true, force: true })
}

/** The entries that are too many or too much, the oldest ones; the newest never is. */
async function surplusOf(store: Store): Promise<string[]> {
  const names = await readdir(store.quarantine).catch((error: unknown): string[] => {
    if (isMissing(error)) return []
    throw error
  })
  const paths = names.map((name) => join(store.quarantine, name))
  const entries = await Promise.all(
    paths.map(async (path) => ({ path, age: (await lstat(path)).mtimeMs, bytes: await sizeOf(path) })),
  )
  let bytes = 0
  return entries
    .sort((a, b) => b.age - a.age)
    .filter((entry, index) => {
      bytes += entry.bytes
      return index > 0 && (index >= limits.quarantineEntries || bytes > limits.quarantine)
    })
    .map(({ path }) => path)
}

/** The bytes of a file or of everything in a folder, links not followed. */
async function sizeOf(path: string): Promise<number> {
  try {
    const status = await lstat(path)
    if (!status.isDirectory()) return status.size
    const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))))
    return sizes.reduce((sum, size) => sum + size, 0)
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}
