import { dirname } from 'node:path'
import { storeError } from '../error.ts'
import { makeFolder } from './make-folder.ts'

/**
 * Makes a folder for its owner alone where it is missing. Those above it are made for everybody to walk through, as
 * scanners and web servers have to, whose sets and trees lie beside it.
 * @throws STORE_PERMISSION, STORE_IO, STORE_FULL
 */
export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await makeFolder(dirname(path), 0o755)
    await makeFolder(path, 0o700)
  } catch (error) {
    throw storeError(error, `making ${path}`)
  }
}
