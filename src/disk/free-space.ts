import { statfs } from 'node:fs/promises'
import { storeError } from '../error.ts'

/** Room on the disk that holds a path. */
export interface FreeSpace {
  /** Bytes that we may still write. */
  readonly free: number
  /** Bytes in all. */
  readonly total: number
  /** `free` over `total`, 0 to 1. */
  readonly fraction: number
}

/** Asks the file system for its room. @throws STORE_PERMISSION, STORE_IO */
export async function freeSpace(path: string): Promise<FreeSpace> {
  try {
    const { bavail, blocks, bsize } = await statfs(path)
    return { free: bavail * bsize, total: blocks * bsize, fraction: blocks === 0 ? 0 : bavail / blocks }
  } catch (error) {
    throw storeError(error, `asking how much room is left at ${path}`)
  }
}
