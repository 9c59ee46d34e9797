import type { InternalConfig, LiveUpdateConfig } from '../../config/config.ts'
import type { SourceKind } from '../../config/options/source.ts'
import { DefsError } from '../../error.ts'
import type { Transport } from '../../transport/transport.ts'
import { hostedSource } from '../hosts.ts'
import { isPlainName } from '../listing/package-name.ts'
import type { SignedArchive } from '../signed-archive.ts'
import type { Connect, IncrementalOffer, NothingOffered, Offer, Source, SourceQuery } from '../source.ts'
import { guardedPackage, newestItem, readIndex, statedDigest } from './index-file.ts'
import { readTri, type Tri, type TriItem } from './tri.ts'
import { verifiedHost } from './tuf.ts'
import { type IndexSubject, indexName } from './unchanged.ts'

/** What sets one source with a signed index apart from another. */
export interface IndexSourceConfig extends IndexSubject {
  readonly name: string
  readonly kind: SourceKind
  readonly hosts: readonly string[]
}

/** Stands between a host and whoever believes what it says. */
export type Verify = (host: Transport, query: SourceQuery) => Promise<Transport>

/**
 * A source that follows the LiveUpdate protocol: hosts in order, a signed index, packages beside it.
 * @param prefix folder below each host that holds index and packages, empty or ending in `/`
 * @throws CONFIG_INVALID for a product, version or language that cannot be part of a file name
 */
function indexSource(
  config: IndexSourceConfig,
  prefix: string,
  connect: Connect,
  verify: Verify = async (host) => host,
): Source {
  const index = indexName(config)
  const hosts = config.hosts.map(connect)

  async function ask(host: Transport, others: readonly Transport[], query: SourceQuery) {
    const { url, validator, signed, text } = await readIndex(await verify(host, query), prefix, index, query)
    const tri = readTri(text, config)
    for (const problem of tri.dropped) note(query, `${url}: ${problem}; the full package is used`)
    const item = newestItem(tri.full, config.product)
    if (!item) return nothing(config.name, url, tri)
    const places = [host, ...others]
    return {
      source: config.name,
      kind: config.kind,
      set: item.set,
      sequence: item.sequence,
      grade: item.grade,
      package: guardedPackage(item, signed, prefix, places),
      incremental: incrementalTo(item, tri, signed, prefix, places, query),
      indexSignedBy: signed.signedBy,
      // Only a channel speaks of itself; the vendor's own servers have none.
      ...(item.statement && prefix !== ''
        ? { statement: { channel: prefix.slice(0, -1), ...item.statement } }
        : {}),
      ...(validator === null ? {} : { index: { url, validator } }),
    } satisfies Omit<Offer, 'failedHosts'>
  }

  return hostedSource(config, hosts, ask)
}

function nothing(source: string, url: string, tri: Tri): Omit<NothingOffered, 'failedHosts'> {
  const reason =
    tri.incremental.length > 0 ? 'only incremental packages' : 'no virus definitions for this product'
  return { source, nothing: true, reason: `${url} names ${reason}` }
}

// Only those that lead to the set on offer; an unusable one is passed over, the full package stands in.
function incrementalTo(
  item: TriItem,
  tri: Tri,
  signed: SignedArchive,
  prefix: string,
  places: readonly Transport[],
  query: SourceQuery,
): readonly IncrementalOffer[] {
  return tri.incremental.flatMap((step) => {
    if (step.set !== item.set || !step.base || step.base === step.set) return []
    if (!statedDigest(step, signed)) {
      note(query, `the index does not vouch for ${step.file}; the full package is used`)
      return []
    }
    return [{ base: step.base, package: guardedPackage(step, signed, prefix, places) }]
  })
}

function note(query: SourceQuery, text: string): void {
  query.context.emit({ type: 'note', level: 'warning', text })
}

/**
 * LiveUpdate certified definitions, from an ordered list of hosts (docs/contract.md section 7).
 * @throws CONFIG_INVALID
 */
export function liveUpdate(config: LiveUpdateConfig, connect: Connect): Source {
  return indexSource(config, '', connect)
}

/**
 * An internal LiveUpdate server: the same layout below `<host>/<channel>/`, and with a pinned root its metadata
 * first.
 * @throws CONFIG_INVALID
 */
export function internal(config: InternalConfig, connect: Connect): Source {
  if (!isPlainName(config.channel)) {
    throw new DefsError(
      'CONFIG_INVALID',
      `'${config.channel}' is no channel: use a plain name such as production`,
      {
        source: config.name,
      },
    )
  }
  return indexSource(config, `${config.channel}/`, connect, async (host, { tuf, signal }) =>
    tuf ? verifiedHost(host, tuf, signal) : host,
  )
}
