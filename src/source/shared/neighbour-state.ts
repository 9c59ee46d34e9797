import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DefsError } from '../../error.ts'
import { currentSet } from './current-set.ts'

/**
 * What another product's current set looks like from outside: which it is, and size and times of everything in it.
 * Two equal states with a copy between them mean that nobody changed it meanwhile. Opens nothing but `definfo.dat`.
 */
export async function neighbourState(virusDefs: string): Promise<string> {
  try {
    const { folder } = await currentSet(virusDefs)
    const directory = join(virusDefs, folder)
    const names = (await readdir(directory, { recursive: true })).toSorted()
    const lines = names.map(async (name) => {
      const { size, mtimeMs, ctimeMs, ino } = await lstat(join(directory, name))
      return `${name} ${size} ${mtimeMs} ${ctimeMs} ${ino}`
    })
    return [folder, ...(await Promise.all(lines))].join('\n')
  } catch (error) {
    // A set that vanishes under our eyes is a state like any other.
    return error instanceof DefsError ? error.code : 'changing'
  }
}
