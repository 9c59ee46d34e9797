import { readlink, rename, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DefsError, storeError } from '../error.ts'
import type { SetName } from '../set-id.ts'
import { kindAt, syncFolder, temporaryBeside } from './folder.ts'
import { setOfFolder } from './sets.ts'
import type { Store } from './store.ts'

const junctions = process.platform === 'win32'

/** The set that `current` points to; null when it is no link or points at nothing like a set. */
export async function readCurrentLink(store: Pick<Store, 'current'>): Promise<SetName | null> {
  try {
    const target = await readlink(store.current)
    const inside = junctions || target === basename(target)
    return (inside && setOfFolder(basename(target))) || null
  } catch {
    return null
  }
}

/**
 * Refuses a `current` that is no link: it is somebody's folder or file, and replacing it could destroy work.
 * @throws STORE_POINTER
 */
export async function checkCurrentLink(store: Pick<Store, 'current'>): Promise<void> {
  const kind = await kindAt(store.current)
  if (kind === 'nothing' || kind === 'link') return
  throw new DefsError(
    'STORE_POINTER',
    `${store.current} is no link but a ${kind}: move it away and run again`,
    {
      path: store.current,
    },
  )
}

/** Points `current` at a set by one rename, so there is no moment without it. @throws STORE_* */
export async function pointCurrentLink(store: Pick<Store, 'current'>, set: SetName): Promise<void> {
  const aside = temporaryBeside(store.current)
  try {
    // A junction must be absolute; a relative link survives a store that is mounted elsewhere.
    if (junctions) await symlink(join(dirname(store.current), set), aside, 'junction')
    else await symlink(set, aside)
    // Windows does not rename over a junction; there the link is gone for a moment, definfo.dat is not.
    if (junctions) await rm(store.current, { force: true })
    await rename(aside, store.current)
    await syncFolder(dirname(store.current))
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined)
    throw storeError(error, `pointing ${store.current} at ${set}`)
  }
}
