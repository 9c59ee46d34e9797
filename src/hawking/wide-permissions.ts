import { chmod, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Check, Flaw } from './flaw.ts'
import { isMissing } from './folder.ts'
import { listSets, setDirectory } from './sets.ts'

const othersWrite = 0o002
const groupOrOthersWrite = 0o022
const othersAny = 0o007

/**
 * What others could change: files of a set that group or others may write, folders of the store that others may
 * write, and a `state/` that others may enter. Modes mean nothing on Windows.
 */
export const widePermissions: Check = async (store) => {
  if (process.platform === 'win32') return []
  const flaws = await Promise.all([
    widerThan(store.root, othersWrite),
    widerThan(store.virusDefs, othersWrite),
    widerThan(store.state, othersAny),
    widerThan(store.definfo, groupOrOthersWrite),
    widerThan(store.usage, groupOrOthersWrite),
  ])
  const found = flaws.flat()
  for (const set of await listSets(store)) {
    const directory = setDirectory(store, set)
    const entries = await readdir(directory, { withFileTypes: true, recursive: true })
    const paths = entries.map((entry) => join(entry.parentPath, entry.name))
    for (const path of [directory, ...paths]) found.push(...(await widerThan(path, groupOrOthersWrite)))
  }
  return found
}

async function widerThan(path: string, forbidden: number): Promise<Flaw[]> {
  const status = await lstat(path).catch((error: unknown) => {
    if (isMissing(error)) return null
    throw error
  })
  // The mode of a link means nothing; changing it would change what it points to.
  if (!status || status.isSymbolicLink() || (status.mode & forbidden) === 0) return []
  const mode = status.mode & 0o7777
  return [
    {
      code: 'permission-wide',
      path,
      message: `${path} has mode ${mode.toString(8)}: others than its owner may change it`,
      cure: `mode ${(mode & ~forbidden).toString(8)} now; 'defs verify' tells whether anybody did`,
      mend: () => chmod(path, mode & ~forbidden),
    },
  ]
}
