import type { IntelligentUpdaterConfig } from '../config/config.ts'
import { folderSource } from './package/folder-source.ts'
import type { Found } from './package/found.ts'
import { localSource } from './package/local-source.ts'
import { newestInFolder } from './package/newest-in-folder.ts'
import { type ReadName, updaterName, updaterStaticNames } from './package/package-name.ts'
import { probe } from './package/probe.ts'
import type { Connect, Inquiry, Source } from './source.ts'
import type { Transport } from './transport.ts'

/**
 * Intelligent Updater: certified sets as dated packages in a folder, the newest by day and revision, or under
 * a static name (domain.md section 4); from addresses, or from a file or drop folder of this machine.
 */
export function intelligentUpdater(config: IntelligentUpdaterConfig, connect: Connect): Source {
  const read = updaterName(config.platform)
  const find = (host: Transport, inquiry: Inquiry) => findNewest(host, read, config.platform, inquiry)
  if (config.path !== null) return localSource(config, config.path, connect, find)
  return folderSource(config, 'certified', config.urls, connect, find)
}

async function findNewest(
  host: Transport,
  read: ReadName,
  platform: string,
  inquiry: Inquiry,
): Promise<Found | null> {
  const listing = await host.list('', inquiry.signal)
  if (!listing) return probe(host, updaterStaticNames(platform), inquiry.signal)
  const found = newestInFolder(host, '', listing, read)
  const fixed = listing.find(({ name }) => name.toLowerCase() === 'static')
  if (found || !fixed) return found
  // On the vendor's site the static names have a folder of their own (domain.md section 3).
  const inside = await host.list(`${fixed.name}/`, inquiry.signal)
  return inside && newestInFolder(host, `${fixed.name}/`, inside, read)
}
