import type { Grade } from '../../set-id.ts'
import { hostedSource } from '../host/hosted-source.ts'
import type { SourceKind } from '../kinds.ts'
import type { Connect, Inquiry, Offer, Source } from '../source.ts'
import type { Transport } from '../transport.ts'
import type { Found } from './found.ts'
import { packageOf } from './package-of.ts'
import { parentAddress } from './parent-address.ts'

/** Looks for the newest package below one address; null when the folder is there and holds none yet. */
export type FindPackage = (host: Transport, inquiry: Inquiry) => Promise<Found | null>

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

  async function ask(host: Transport, others: readonly Transport[], inquiry: Inquiry) {
    const found = await find(host, inquiry)
    if (!found)
      return { source: config.name, nothing: true, reason: `${host.url} has nothing published yet` } as const
    return {
      source: config.name,
      kind: config.kind,
      set: found.set,
      // Only the name of a folder says so: nothing that is signed.
      sequence: found.sequence === null ? null : { number: found.sequence, signed: false },
      grade,
      package: await packageOf(found, { others, above: () => aboveOf(host) }, inquiry),
      incremental: [],
      indexSignedBy: null,
    } satisfies Omit<Offer, 'left'>
  }

  return hostedSource(config, hosts, ask, () => parents.values())
}
