import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { removeOrLeave } from '../file-in-use.ts'
import type { Check, Flaw } from './flaw.ts'
import { isLeftover, isMissing } from './folder.ts'
import { lockPath } from './lock.ts'

/**
 * What runs that were cut short left behind: workspaces, asides of replaced files, rights to break a lock.
 * `partial/` is left alone: interrupted downloads are resumed from there.
 */
export const leftovers: Check = async (store) => {
  const rightPrefix = `${basename(lockPath(store))}.`
  const places = [
    ...(await below(store.virusDefs, isLeftover)),
    ...(await below(store.state, (name) => isLeftover(name) || name.startsWith(rightPrefix))),
    ...(await below(store.provenance, isLeftover)),
  ]
  return places.map(leftover)
}

async function below(folder: string, matches: (name: string) => boolean): Promise<string[]> {
  try {
    return (await readdir(folder)).filter(matches).map((name) => join(folder, name))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function leftover(path: string): Flaw {
  return {
    code: 'leftover',
    path,
    message: `${path} was left by a run that was cut short`,
    cure: 'removed',
    mend: () => removeOrLeave(path),
  }
}
