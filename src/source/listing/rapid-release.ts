import type { RapidReleaseConfig } from '../../config/config.ts'
import type { Connect, Source } from '../source.ts'
import { newestInFolder, newestSequence, probe } from './find-package.ts'
import { folderSource } from './folder-source.ts'
import { namePassedOver, rapidName, rapidStaticNames } from './package-name.ts'

/**
 * Rapid Release: sets with basic checks only, about every hour (docs/domain.md section 3). Folders by sequence
 * number win over the static name, whose number nobody knows.
 */
export function rapidRelease(config: RapidReleaseConfig, connect: Connect): Source {
  const read = rapidName(config.platform)
  return folderSource(config, 'rapid', config.urls, connect, async (host, query) => {
    const listing = await host.list('', query.signal)
    const numbered = inSequence(host.url)
    if (!listing)
      return { ...(await probe(host, rapidStaticNames(config.platform), query.signal)), ...numbered }
    const here = () => {
      const newest = newestInFolder(host, '', listing, read)
      return newest && { ...newest, ...numbered }
    }
    const found = (await newestSequence(host, listing, read, query)) ?? here()
    const passedOver = found ? null : namePassedOver(listing, read)
    return found ?? (passedOver === null ? null : { passedOver })
  })
}

/** An address may be the folder of one sequence, whose number it then has. */
function inSequence(url: string): { readonly sequence?: number } {
  const number = /\/sequence\/(\d{1,15})\/?$/i.exec(url)?.[1]
  return number === undefined ? {} : { sequence: Number(number) }
}
