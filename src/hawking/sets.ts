import { readdirSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { isMissing, temporaryFolder } from '../disk/atomic-file.ts'
import { storeError } from '../error.ts'
import { compareSetNames, readSetName, type SetName } from '../set-name.ts'
import type { Store } from './store.ts'

/** The dated folder of a set. */
export function setDirectory(store: Store, set: SetName): string {
  // Not by join: after some dozen sets V8 optimizes that, at more than all of their paths cost.
  return `${store.virusDefs}${sep}${set}`
}

/** The set a folder's name stands for: exactly `YYYYMMDD.NNN`, no other written form. */
export function setOfFolder(name: string): SetName | undefined {
  const set = readSetName(name)
  return set === name ? set : undefined
}

/**
 * The sets on disk, newest first: real folders (no links) that bear a set's name, complete or not.
 * @throws STORE_PERMISSION, STORE_IO
 */
export async function listSets(store: Store): Promise<SetName[]> {
  try {
    return readdirSync(store.virusDefs, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => setOfFolder(entry.name) ?? [])
      .sort((a, b) => compareSetNames(b, a))
  } catch (error) {
    if (isMissing(error)) return []
    throw storeError(error, `listing ${store.virusDefs}`)
  }
}

/**
 * Whether a folder holds a guard, its signature and the marker that is written last. Names count in any case:
 * other products of the family write them in capitals. Says nothing about the bytes.
 */
export async function isComplete(directory: string): Promise<boolean> {
  try {
    const names = (await readdir(directory)).map((name) => name.toLowerCase())
    return ['v.grd', 'v.sig', 'zdone.dat'].every((name) => names.includes(name))
  } catch (error) {
    if (isMissing(error)) return false
    throw storeError(error, `listing ${directory}`)
  }
}

/** The private folder of one run, on the file system of the sets so that staging is a rename. */
export interface Workspace {
  readonly directory: string
  /** Where the package is opened: an empty private folder. */
  readonly set: string
  /** Removes everything that is left in it. Safe to call twice. */
  remove(): Promise<void>
}

/** Makes `tmp<8 hex>.tmp/` in the Hawking structure; a crash leaves it to the next run's sweep. @throws STORE_* */
export async function makeWorkspace(store: Store): Promise<Workspace> {
  const directory = temporaryFolder(store.virusDefs)
  const set = join(directory, 'set')
  try {
    await mkdir(directory, { mode: 0o700 })
    await mkdir(set, { mode: 0o700 })
  } catch (error) {
    throw storeError(error, `making ${directory}`)
  }
  return {
    directory,
    set,
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}
