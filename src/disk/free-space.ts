import { statfsSync } from 'node:fs'
import { DefsError, storeError } from '../error.ts'

/** Room on the disk that holds a path. */
export interface FreeSpace {
  /** Bytes that we may still write. */
  readonly free: number
  /** Bytes in all. */
  readonly total: number
  /** `free` over `total`, 0 to 1. */
  readonly fraction: number
}

/**
 * Asks the file system for its room: at once, as starting the threads that would wait for it takes longer.
 * @throws STORE_PERMISSION, STORE_IO
 */
export async function freeSpace(path: string): Promise<FreeSpace> {
  try {
    const { bavail, blocks, bsize } = statfsSync(path)
    return { free: bavail * bsize, total: blocks * bsize, fraction: blocks === 0 ? 0 : bavail / blocks }
  } catch (error) {
    throw storeError(error, `asking how much room is left at ${path}`)
  }
}

/**
 * Refuses what would leave less free than has to stay free: a full disk breaks everything else that runs on this
 * machine. At once, since the look takes less time than any way around it.
 * @param needed bytes still to be written
 * @param reserve bytes that stay free (`store.reserve`)
 * @throws STORE_FULL, STORE_PERMISSION, STORE_IO
 */
export function assertSpace(folder: string, needed: number, reserve: number): void {
  const free = freeNow(folder)
  if (free >= needed + reserve) return
  const text = `${folder}: ${needed + reserve} bytes are needed (${reserve} of them stay free), ${free} are free`
  throw new DefsError('STORE_FULL', `${text}; free some space or lower store.keep`, { path: folder })
}

function freeNow(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch (error) {
    throw storeError(error, `looking for free space at ${folder}`)
  }
}

/** Between two looks at the disk so much is written at most. Bytes. */
const step = 1024 * 1024

/**
 * Watches a piece of work that writes into a folder, whatever was announced: told of each piece before it is written.
 * @param reserve as {@link assertSpace}; 0 for no watch
 */
export function watchSpace(folder: string, reserve: number): (bytes: number) => void {
  let unseen = step
  return (bytes) => {
    unseen += bytes
    if (reserve === 0 || unseen < step) return
    unseen = 0
    assertSpace(folder, bytes, reserve)
  }
}
