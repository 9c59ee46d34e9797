import { statSync } from 'node:fs'
import { mayRead } from '../disk/foreign-file.ts'
import { DefsError, storeError } from '../error.ts'
import type { Store } from '../hawking/store.ts'

/**
 * To somebody who may not look, a store would seem to be empty, or nothing to be barred or held.
 * @throws STORE_PERMISSION; STORE_IO when it is none
 */
export function assertMayLook({ root, virusDefs, state }: Pick<Store, 'root' | 'virusDefs' | 'state'>): void {
  const fault = faultOf([root, virusDefs, state])
  if (fault !== null) throw fault
  const closed = [virusDefs, state].find((folder) => !mayRead(folder))
  if (closed === undefined) return
  const text = `not permitted to look into ${closed}: run it as the owner of the store`
  throw new DefsError('STORE_PERMISSION', text, { path: closed })
}

/**
 * Why folders of a store are none: to those who only look, a file or a loop of links would seem to be a store that is empty.
 * STORE_IO; null when all are folders, or nothing yet, or closed to this user.
 */
export function faultOf(folders: readonly string[]): DefsError | null {
  for (const path of folders) {
    try {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false)
        return new DefsError('STORE_IO', `${path} is no folder: look at it`, { path })
    } catch (error) {
      const failure = storeError(error, `looking at ${path}`)
      if (failure.code === 'STORE_IO') return failure
    }
  }
  return null
}
