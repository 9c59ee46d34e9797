import type { Stats } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { IntelligentUpdaterConfig } from '../../config/config.ts'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { Listed, Transport } from '../../transport/transport.ts'
import type { Connect, Source, SourceQuery } from '../source.ts'
import { newestInFolder, probe } from './find-package.ts'
import { type FindPackage, folderSource } from './folder-source.ts'
import { datedSet, namePassedOver, type ReadName, updaterName, updaterStaticNames } from './package-name.ts'

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
): ReturnType<FindPackage> {
  const all = await host.list('', query.signal)
  const listing = all?.filter(({ name }) => !query.left?.some(({ url }) => url === host.remote(name).url))
  if (!listing) return probe(host, updaterStaticNames(platform), query.signal)
  const found = newestInFolder(host, '', listing, read)
  const fixed = listing.find(({ name }) => name.toLowerCase() === 'static')
  if (found) {
    noteStrangers(host, listing, read, query)
    return found
  }
  if (!fixed) {
    const passedOver = namePassedOver(listing, read)
    return passedOver === null ? null : { passedOver }
  }
  // On the vendor's site the static names have a folder of their own (docs/domain.md section 3).
  const inside = await host.list(`${fixed.name}/`, query.signal)
  return inside && newestInFolder(host, `${fixed.name}/`, inside, read)
}

/** What people copied into a folder of this machine was meant to be taken; packages of other platforms were not. */
function noteStrangers(
  host: Transport,
  listing: readonly Listed[],
  read: ReadName,
  query: SourceQuery,
): void {
  if (!host.url.startsWith('file:') || (query.left ?? []).length > 0) return
  const passedOver = namePassedOver(
    listing.filter(({ name }) => read(name) || datedSet(name) === null),
    read,
  )
  if (passedOver === null) return
  query.context.emit({ type: 'note', level: 'warning', text: `${host.url}: ${passedOver}` })
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

  async function open(findBeside: FindPackage): Promise<Source> {
    const { real, stats } = await look(path)
    if (stats.isFile()) return oneFile(config, real, stats, connect)
    if (!stats.isDirectory()) throw refused(config.name, path, 'is neither a file nor a folder')
    if (config.thirdPartyContent) return folderSource(config, 'certified', [path], connect, findBeside)
    throw refused(config.name, path, 'is a drop folder: set thirdPartyContent: true to read it')
  }

  return {
    name: config.name,
    kind: config.kind,
    // Of a folder it is the package that is passed over, not the place: an older good one may lie beside.
    alternatives: limits.olderPackages,
    async ask(query) {
      const { left = [], ...plain } = query
      const source = await open((host, asked) => find(host, { ...asked, left }))
      opened.push(source)
      return source.ask(plain)
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
