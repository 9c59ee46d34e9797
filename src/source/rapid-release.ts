import type { RapidReleaseConfig } from '../config/config.ts'
import { folderSource } from './package/folder-source.ts'
import { newestInFolder } from './package/newest-in-folder.ts'
import { newestSequence } from './package/newest-sequence.ts'
import { rapidName, rapidStaticNames } from './package/package-name.ts'
import { probe } from './package/probe.ts'
import type { Connect, Source } from './source.ts'

/**
 * Rapid Release: sets with basic checks only, about every hour (domain.md section 3). Folders by sequence
 * number win over the static name, whose number nobody knows.
 */
export function rapidRelease(config: RapidReleaseConfig, connect: Connect): Source {
  const read = rapidName(config.platform)
  return folderSource(config, 'rapid', config.urls, connect, async (host, inquiry) => {
    const listing = await host.list('', inquiry.signal)
    if (!listing) return probe(host, rapidStaticNames(config.platform), inquiry.signal)
    return (await newestSequence(host, listing, read, inquiry)) ?? newestInFolder(host, '', listing, read)
  })
}
