import { dirname, resolve } from 'node:path'
import type { SourceKind } from '../../config/options/source.ts'
import { limits } from '../../limits.ts'
import type { Grade } from '../../set-name.ts'
import type { Transport } from '../../transport/transport.ts'
import { hostedSource } from '../hosts.ts'
import type { Connect, Offer, PackageFile, Source, SourceQuery } from '../source.ts'
import { type FoundPackage, statedMd5 } from './md5-list.ts'

/**
 * Looks for the newest package below one address; null when the folder is there and holds none yet, with a word on files
 * that look like some.
 */
export type FindPackage = (
  host: Transport,
  query: SourceQuery,
) => Promise<FoundPackage | { readonly passedOver: string } | null>

/** A source that publishes packages in plain folders, without a signed index. */
export function folderSource(
  config: { readonly name: string; readonly kind: SourceKind },
  grade: Grade,
  addresses: readonly string[],
  connect: Connect,
  find: FindPackage,
): Source {
  const places = new Map(addresses.map((address) => [connect(address), address]))
  const hosts = [...places.keys()]
  const parents = new Map<Transport, Transport>()

  function aboveOf(host: Transport): Transport | null {
    const address = parentAddress(places.get(host) ?? host.url)
    const above = parents.get(host) ?? (address === null ? null : connect(address))
    if (above) parents.set(host, above)
    return above
  }

  async function ask(host: Transport, others: readonly Transport[], query: SourceQuery) {
    const found = await find(host, query)
    if (!found || 'passedOver' in found) {
      const aside = found ? `; ${found.passedOver}` : ''
      const reason = `${host.url} has nothing published yet${aside}`
      return { source: config.name, nothing: true, reason, url: host.url } as const
    }
    return {
      source: config.name,
      kind: config.kind,
      set: found.set,
      // Only the name of a folder says so: nothing that is signed.
      sequence: found.sequence === null ? null : { number: found.sequence, signed: false },
      grade,
      package: await packageOf(found, { others, above: () => aboveOf(host) }, query),
      incremental: [],
      indexSignedBy: null,
    } satisfies Omit<Offer, 'failedHosts'>
  }

  return hostedSource(config, hosts, ask, () => parents.values())
}

/** The neighbourhood of a found package. */
export interface Around {
  /** Further hosts that may hold the same. */
  readonly others: readonly Transport[]
  /** Opens the folder above the host's address, null at the root. */
  readonly above: () => Transport | null
}

/** A found package as an offer states it: sizes and digests are what an unsigned listing and hash list say. */
async function packageOf(found: FoundPackage, around: Around, query: SourceQuery): Promise<PackageFile> {
  const md5 = await statedMd5(found, around.above, query)
  // A static name may stand for yesterday's set on another host, and the MD5 of this one would not fit it.
  const places = found.lasting ? [found.host, ...around.others] : [found.host]
  const remotes = places.map((host) => host.remote(found.path))
  return {
    name: found.name,
    bytes: found.bytes,
    exact: false,
    digests: md5 ? [{ algorithm: 'md5', hex: md5 }] : [],
    digestTries: md5 ? limits.digestTries : 1,
    unpackedBytes: null,
    remotes,
    fingerprint: fingerprintOf(found, remotes[0]?.url ?? found.path, md5),
    folder: null,
  }
}

// A size alone tells two sets apart only where the name already does.
function fingerprintOf(found: FoundPackage, url: string, md5: string | null): string | null {
  const told = md5 !== null || found.version !== null || (found.lasting && found.bytes !== null)
  return told ? JSON.stringify([url, found.bytes, found.version, md5]) : null
}

/** The folder above a base address, login kept; null at the root of its host or disk. */
export function parentAddress(base: string): string | null {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(base)) {
    const path = resolve(base)
    const above = dirname(path)
    return above === path ? null : above
  }
  if (!URL.canParse(base)) return null
  const here = new URL(base.endsWith('/') ? base : `${base}/`)
  const above = new URL('..', here)
  return above.href === here.href ? null : above.href
}
