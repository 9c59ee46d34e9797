import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DefsError, storeError } from '../error.ts'
import { renamePatiently } from '../file-in-use.ts'
import { limits } from '../limits.ts'
import { isMissing, syncFolder, temporaryBeside } from './folder.ts'

/**
 * Replaces a file whole: a reader sees the old bytes or the new ones, a power cut included. Written aside in the
 * same folder, flushed, renamed, the folder flushed.
 * @param mode permissions of the new file, whatever the umask says
 * @throws STORE_FULL, STORE_PERMISSION, STORE_IO; the old file is untouched then
 */
export async function writeFileAtomic(path: string, bytes: string | Uint8Array, mode: number): Promise<void> {
  const aside = temporaryBeside(path)
  try {
    const file = await open(aside, 'wx', mode)
    try {
      await file.writeFile(bytes)
      if (process.platform !== 'win32') await file.chmod(mode)
      await file.sync()
    } finally {
      await file.close()
    }
    await renamePatiently(aside, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined)
    throw storeError(error, `writing ${path}`)
  }
}

/**
 * Reads a small file of the store; null when it is not there. Without the thread pool: every way through it takes
 * longer than such a file, and a store of many sets has hundreds.
 * @throws STORE_PERMISSION, STORE_IO; STORE_IO too when it is larger than any file of the kind
 */
export async function readFileOrNull(path: string): Promise<Buffer | null> {
  try {
    // A pipe somebody left there is not waited at.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const { size } = fstatSync(file)
      if (size > limits.storeText) {
        throw new DefsError(
          'STORE_IO',
          `${path} has ${size} bytes, which no file of its kind has: look at it`,
        )
      }
      return readFileSync(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (isMissing(error)) return null
    throw storeError(error, `reading ${path}`)
  }
}
