import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isMissing, kindAt } from './atomic-file.ts'

/**
 * Makes a folder and those above it that are missing; false when something is there already, whatever it is. Node's own
 * `recursive` may ask for ever on a file system that takes no new names (Node 20.20).
 * @throws what the file system says
 */
export async function makeFolder(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    const above = dirname(path)
    if (!isMissing(error) || (await kindAt(above)) !== 'nothing') throw error
    await makeFolder(above, mode)
  }
  return makeFolder(path, mode)
}
