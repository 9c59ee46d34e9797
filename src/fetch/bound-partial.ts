import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { storeError } from '../error.ts'
import { limits } from '../limits.ts'

/**
 * Keeps the folder of interrupted downloads below a size and a number: what is no pair of file and note goes, then
 * the oldest pairs. A package that changes every hour must not fill the disk with halves of yesterday's.
 * @param most bytes, all files together
 * @throws STORE_*
 */
export async function boundPartial(partial: string, most: number): Promise<void> {
  try {
    const names = new Set(await readdir(partial))
    const pairs: { key: string; bytes: number; time: number }[] = []
    for (const name of names) {
      const key = /^([0-9a-f]{64})\.(part|json)$/.exec(name)?.[1]
      const whole = key !== undefined && names.has(`${key}.part`) && names.has(`${key}.json`)
      if (!whole) await rm(join(partial, name), { recursive: true, force: true })
      else if (name.endsWith('.part')) {
        const { size, mtimeMs } = await lstat(join(partial, name))
        pairs.push({ key, bytes: size, time: mtimeMs })
      }
    }
    let bytes = pairs.reduce((sum, pair) => sum + pair.bytes, 0)
    let count = pairs.length
    for (const pair of pairs.sort((a, b) => a.time - b.time)) {
      if (bytes <= most && count <= limits.partialEntries) return
      await rm(join(partial, `${pair.key}.json`), { recursive: true, force: true })
      await rm(join(partial, `${pair.key}.part`), { recursive: true, force: true })
      bytes -= pair.bytes
      count -= 1
    }
  } catch (error) {
    throw storeError(error, `tidying ${partial}`)
  }
}
