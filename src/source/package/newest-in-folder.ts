import type { Listed, Transport } from '../transport.ts'
import type { Found } from './found.ts'
import { pickNewest, type ReadName } from './package-name.ts'

/**
 * The newest package of a folder.
 * @param folder path below the host's address, empty or ending in `/`
 */
export function newestInFolder(
  host: Transport,
  folder: string,
  listing: readonly Listed[],
  read: ReadName,
): Found | null {
  const picked = pickNewest(listing, read)
  if (!picked) return null
  const { name, bytes, modified } = picked.listed
  return {
    host,
    path: `${folder}${name}`,
    name,
    set: picked.set,
    sequence: null,
    bytes,
    version: modified,
    lasting: picked.set !== null,
  }
}
