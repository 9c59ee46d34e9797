import { readlink, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { kindAt, syncFolder, temporaryBeside } from '../disk/atomic-file.ts'
import { renamePatiently } from '../disk/rename.ts'
import { DefsError, storeError } from '../error.ts'
import type { SetName } from '../set-name.ts'
import { peekRecord, writeRecord } from './record-file.ts'
import { linkRecord } from './records.ts'
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

// What file systems say that know no links; the last is Windows' word for one without junctions.
const noLinks: readonly unknown[] = [
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EPERM',
  ...(junctions ? ['EISDIR'] : []),
]

/**
 * Points the store's `current` at a set, and remembers whether its file system knows links: where it does not, the
 * store does without one. `definfo.dat` is the truth. @throws STORE_*
 */
export async function followWithLink(store: Store, set: SetName): Promise<void> {
  const possible = await pointCurrentLink(store, set)
  if (possible !== (await linkIsPossible(store))) await writeRecord(store, linkRecord, { possible })
}

/** False when the file system was found to know no links. */
export async function linkIsPossible(store: Store): Promise<boolean> {
  return (await peekRecord(store, linkRecord)).possible
}

/**
 * Points `current` at a set by one rename, so there is no moment without it.
 * @returns false, having changed nothing, where the file system knows no links
 * @throws STORE_*
 */
export async function pointCurrentLink(store: Pick<Store, 'current'>, set: SetName): Promise<boolean> {
  const aside = temporaryBeside(store.current)
  try {
    if (!(await makeLink(store, set, aside))) return false
    // Windows does not rename over a junction; there the link is gone for a moment, definfo.dat is not.
    if (junctions) await rm(store.current, { force: true })
    await renamePatiently(aside, store.current)
    await syncFolder(dirname(store.current))
    return true
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined)
    throw storeError(error, `pointing ${store.current} at ${set}`)
  }
}

async function makeLink({ current }: Pick<Store, 'current'>, set: SetName, path: string): Promise<boolean> {
  try {
    // A junction must be absolute; a relative link survives a store that is mounted elsewhere.
    if (junctions) await symlink(join(dirname(current), set), path, 'junction')
    else await symlink(set, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && noLinks.includes(error.code)) return false
    throw error
  }
}
