import { limits } from '../../limits.ts'
import type { Inquiry } from '../source.ts'
import type { Listed, Transport } from '../transport.ts'
import type { Found } from './found.ts'
import { newestInFolder } from './newest-in-folder.ts'
import type { ReadName } from './package-name.ts'

/**
 * The package with the highest sequence number, from the folders `sequence/<number>/`. A folder that is empty,
 * still being filled, or without our platform gives way to the next lower one, a bounded number of times.
 * @throws SOURCE_*
 */
export async function newestSequence(
  host: Transport,
  listing: readonly Listed[],
  read: ReadName,
  inquiry: Inquiry,
): Promise<Found | null> {
  const sequence = listing.find(({ name }) => name.toLowerCase() === 'sequence')
  const folders = sequence ? await host.list(`${sequence.name}/`, inquiry.signal) : null
  if (!sequence || !folders) return null
  for (const { name, number } of highestFirst(folders).slice(0, limits.sequenceFolders)) {
    const folder = `${sequence.name}/${name}/`
    const inside = await host.list(folder, inquiry.signal)
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
