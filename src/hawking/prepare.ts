import { access, chmod, constants, readFile, readlink, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isMissing, kindAt } from '../disk/atomic-file.ts'
import { refuseForeignLink } from '../disk/foreign-file.ts'
import { makeFolder } from '../disk/make-folder.ts'
import { DefsError, storeError } from '../error.ts'
import type { Store } from './store.ts'

/**
 * Makes the folders of a store, or checks the ones that are there. Everybody may walk to the sets (each set has
 * its own mode, see stage.ts); `state/` is its owner's alone, since it tells an attacker what is barred and when
 * we ask. Folders that exist keep their modes, `state/` apart.
 * @throws STORE_PERMISSION when a folder cannot be written, is a link that a stranger could turn, or the group
 * is unknown; STORE_IO when something else than a folder is in the way; STORE_FULL
 */
export async function prepareStore(store: Store, group: string | null): Promise<void> {
  if (group !== null) await groupNumber(group)
  await refuseAdopted(store)
  for (const path of [store.root, store.virusDefs]) await ownFolder(path, 0o755)
  for (const path of [store.state, store.provenance, store.partial, store.quarantine]) {
    await ownFolder(path, 0o700)
  }
  try {
    if (process.platform !== 'win32') await chmod(store.state, 0o700)
  } catch (error) {
    throw storeError(error, `closing ${store.state} to others`)
  }
}

/**
 * Rule: the sets of a family are written under its own lock and judged by its own records. Stops: a configuration of
 * before `families adopt`, which finds them by the link that was left for the scanner and takes them for bad.
 */
async function refuseAdopted({ root, virusDefs, state }: Store): Promise<void> {
  const target = await readlink(virusDefs).catch(() => '')
  const [family = '', sets, ...more] = target.split('/')
  if (sets !== basename(virusDefs) || more.length > 0) return
  if ((await kindAt(join(root, family, basename(state)))) !== 'folder') return
  const text = `${virusDefs} is a link to the sets of the family '${family}', to which this store was given: use the configuration with families, or run 'defs families adopt ${family} --back'`
  throw new DefsError('STORE_IO', text, { path: virusDefs })
}

async function ownFolder(path: string, mode: number): Promise<void> {
  try {
    const made = await makeFolder(path, mode)
    // The umask of whoever runs us must not keep the scanner from its sets.
    if (made && process.platform !== 'win32') await chmod(path, mode)
  } catch (error) {
    // Something that is no folder may stand in the way; the look below says what.
    if (!isMissing(error)) throw storeError(error, `making ${path}`)
  }
  await refuseForeignLink(path)
  try {
    const status = await stat(path)
    if (!status.isDirectory()) {
      throw new DefsError('STORE_IO', `${path} is no folder: name another 'store.root' or move it away`, {
        path,
      })
    }
    await access(path, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw storeError(error, `looking at ${path}`)
  }
}

/**
 * The number of a group that the configuration names by name or number.
 * @throws STORE_PERMISSION when the system has no such group
 */
export async function groupNumber(group: string): Promise<number> {
  if (/^\d{1,10}$/.test(group)) return Number(group)
  try {
    for (const line of (await readFile('/etc/group', 'utf8')).split('\n')) {
      const [name, , number] = line.split(':')
      if (name === group && number !== undefined && /^\d+$/.test(number)) return Number(number)
    }
  } catch (error) {
    throw unknown(group, error)
  }
  throw unknown(group, undefined)
}

function unknown(group: string, cause: unknown): DefsError {
  return new DefsError(
    'STORE_PERMISSION',
    `there is no group '${group}' in /etc/group: make it, or change 'store.group' (a number works too)`,
    { cause },
  )
}
