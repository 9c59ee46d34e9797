import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { storeError } from '../error.ts'
import { temporaryFolder } from './folder.ts'
import type { Store } from './store.ts'

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
