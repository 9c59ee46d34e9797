import { statfs } from 'node:fs/promises'
import { DefsError, storeError } from '../error.ts'

/**
 * Makes sure of the disk before anything is written: a disk that fills up half-way also stops whatever else
 * runs on this machine.
 * @param needed bytes still to be written, the unpacked set included
 * @throws STORE_FULL, STORE_IO
 */
export async function requireSpace(folder: string, needed: number, reserve: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder).catch((error: unknown) => {
    throw storeError(error, `looking for free space at ${folder}`)
  })
  const free = bavail * bsize
  if (free >= needed + reserve) return
  const text = `${folder}: ${needed + reserve} bytes are needed (${reserve} of them stay free), ${free} are free`
  throw new DefsError('STORE_FULL', `${text}; free some space or lower store.keep`, { path: folder })
}

/** Bytes that a package of this size will take, unpacked set included. */
export function spaceFor(missing: number, bytes: number, unpackedBytes: number | null): number {
  return missing + (unpackedBytes ?? 2 * bytes)
}
