import type { Stats } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { IntelligentUpdaterConfig } from '../../config/config.ts'
import { DefsError } from '../../error.ts'
import type { Transport } from '../../transport/transport.ts'
import type { Connect, Source, SourceQuery } from '../source.ts'
import { newestInFolder, probe } from './find-package.ts'
import { type FindPackage, folderSource } from './folder-source.ts'
import type { FoundPackage } from './md5-list.ts'
import { datedSet, type ReadName, updaterName, updaterStaticNames } from './package-name.ts'

/**
 * Intelligent Updater: certified sets as dated packages in a folder, the newest by day and revision, or under
 * a static name (docs/domain.md section 4); from addresses, or from a file or drop folder of this machine.
 */
export function intelligentUpdater(config: IntelligentUpdaterConfig, connect: Connect): Source {
  const read = updaterName(config.platform)
  const find = (host: Transport, query: SourceQuery) => findNewest(host, read, config.platform, query)
  if (config.path !== null) return localSource(config, config.path, connect, find)
  return folderSource(config, 'certified', config.urls, connect, find)
}

async function findNewest(
  host: Transport,
  read: ReadName,
  platform: string,
  query: SourceQuery,
): Promise<FoundPackage | null> {
  const listing = await host.list('', query.signal)
  if (!listing) return probe(host, updaterStaticNames(platform), query.signal)
  const found = newestInFolder(host, '', listing, read)
  const fixed = listing.find(({ name }) => name.toLowerCase() === 'static')
  if (found || !fixed) return found
  // On the vendor's site the static names have a folder of their own (docs/domain.md section 3).
  const inside = await host.list(`${fixed.name}/`, query.signal)
  return inside && newestInFolder(host, `${fixed.name}/`, inside, read)
}

/**
 * A package file that the user named, whatever it is called, or a drop folder. What lies in a folder was put
 * there by somebody else, so a folder needs the third-party-content switch (docs/domain.md section 4).
 * Which of both the path is, is looked up each time it is asked.
 */
function localSource(
  config: IntelligentUpdaterConfig,
  path: string,
  connect: Connect,
  find: FindPackage,
): Source {
  const opened: Source[] = []

  async function open(): Promise<Source> {
    const { real, stats } = await look(path)
    if (stats.isFile()) return oneFile(config, real, stats, connect)
    if (!stats.isDirectory()) throw refused(config.name, path, 'is neither a file nor a folder')
    if (config.thirdPartyContent) return folderSource(config, 'certified', [path], connect, find)
    throw refused(config.name, path, 'is a drop folder: set thirdPartyContent: true to read it')
  }

  return {
    name: config.name,
    kind: config.kind,
    async ask(query) {
      const source = await open()
      opened.push(source)
      return source.ask(query)
    },
    close: async () => {
      await Promise.all(opened.map((source) => source.close()))
    },
  }
}

function oneFile(config: IntelligentUpdaterConfig, path: string, stats: Stats, connect: Connect): Source {
  const name = basename(path)
  return folderSource(config, 'certified', [dirname(path)], connect, async (host) => ({
    host,
    path: name,
    name,
    set: datedSet(name),
    sequence: null,
    bytes: stats.size,
    version: String(stats.mtimeMs),
    lasting: false,
  }))
}

// A link the user named is followed; links inside a folder are the transport's concern.
async function look(path: string): Promise<{ real: string; stats: Stats }> {
  try {
    const real = await realpath(path)
    return { real, stats: await stat(real) }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const missing = code === 'ENOENT' || code === 'ENOTDIR'
    throw new DefsError(
      missing ? 'SOURCE_NOT_FOUND' : 'SOURCE_UNREACHABLE',
      missing
        ? `${path} does not exist: check the path`
        : `${path} cannot be looked at: check the permissions`,
      { cause: error, path },
    )
  }
}

function refused(source: string, path: string, why: string): DefsError {
  return new DefsError('SOURCE_REFUSED', `${path} ${why}`, { source, path })
}
