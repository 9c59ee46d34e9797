import { DefsError, isDefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { isWebPage } from '../../text/web-page.ts'
import type { Listed, Opening, Transport } from '../../transport/transport.ts'
import type { SourceQuery } from '../source.ts'
import type { FoundPackage } from './md5-list.ts'
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
): FoundPackage | null {
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

/**
 * The package with the highest sequence number, from the folders `sequence/<number>/`. A folder that is empty,
 * still being filled, or without our platform gives way to the next lower one, a bounded number of times.
 * @throws SOURCE_*
 */
export async function newestSequence(
  host: Transport,
  listing: readonly Listed[],
  read: ReadName,
  query: SourceQuery,
): Promise<FoundPackage | null> {
  const sequence = listing.find(({ name }) => name.toLowerCase() === 'sequence')
  const folders = sequence ? await host.list(`${sequence.name}/`, query.signal) : null
  if (!sequence || !folders) return null
  for (const { name, number } of highestFirst(folders).slice(0, limits.sequenceFolders)) {
    const folder = `${sequence.name}/${name}/`
    const inside = await host.list(folder, query.signal)
    const found = inside && newestInFolder(host, folder, inside, read)
    if (found) return { ...found, sequence: number, lasting: true }
  }
  return null
}

// As numbers, so that 100000 is above 99999; what is beyond exact arithmetic is no sequence number. An entry that
// is no folder may still be a link to one, which FTP listings do not tell; what cannot be listed is passed over.
function highestFirst(folders: readonly Listed[]): readonly { name: string; number: number }[] {
  return folders
    .filter(({ name }) => /^\d{1,15}$/.test(name))
    .map(({ name }) => ({ name, number: Number(name) }))
    .sort((a, b) => b.number - a.number)
}

/**
 * Asks for names one by one where a host lists nothing, and breaks off each answer after its first bytes.
 * @returns the first name that is there; a page for people in its place counts as absence
 * @throws FETCH_HTML when nothing but such pages came; SOURCE_NOT_FOUND when nothing is there; SOURCE_*
 */
export async function probe(
  host: Transport,
  names: readonly string[],
  signal: AbortSignal,
): Promise<FoundPackage> {
  let pages = 0
  for (const name of names) {
    const opening = await openIfThere(host, name, signal)
    const first = opening && (await firstBytes(opening))
    if (!opening || !first) continue
    if (isWebPage(first)) {
      pages += 1
      continue
    }
    return {
      host,
      path: name,
      name,
      set: null,
      sequence: null,
      bytes: opening.total,
      version: opening.validator,
      lasting: false,
    }
  }
  const code = pages > 0 ? 'FETCH_HTML' : 'SOURCE_NOT_FOUND'
  const what =
    pages > 0 ? 'answers with pages for people' : 'shows no listing and has none of the known names'
  throw new DefsError(code, `${host.url} ${what} (${names.join(', ')}): check address and platform`, {
    path: host.url,
  })
}

async function openIfThere(host: Transport, name: string, signal: AbortSignal): Promise<Opening | null> {
  try {
    return await host.remote(name).open(null, signal, true)
  } catch (error) {
    if (isDefsError(error, 'SOURCE_NOT_FOUND')) return null
    throw error
  }
}

// Leaving the loop ends the transfer; an iterator that was never started would not.
async function firstBytes(opening: Opening): Promise<Uint8Array | null> {
  for await (const bytes of opening.body) {
    if (bytes.length > 0) return bytes
  }
  return null
}
