import type { InternalConfig, LiveUpdateConfig } from '../../config/config.ts'
import type { SourceKind } from '../../config/options/source.ts'
import { DefsError, isDefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { SetName } from '../../set-name.ts'
import { isAddressName } from '../../text/file-name.ts'
import type { Transport } from '../../transport/transport.ts'
import { hostedSource } from '../hosts.ts'
import type { SignedArchive } from '../signed-archive.ts'
import type {
  Connect,
  FleetMember,
  IncrementalOffer,
  NothingOffered,
  Offer,
  OfferedRing,
  Source,
  SourceQuery,
  Statement,
} from '../source.ts'
import {
  type CardPick,
  type CardRing,
  cardPath,
  type FleetCard,
  pickedFolder,
  readCard,
  ringOf,
  type Why,
} from './fleet-card.ts'
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

/** A host as far as it is believed, and the folder below it that holds index and packages: empty, or ending in `/`. */
interface Place {
  readonly host: Transport
  readonly prefix: string
  readonly ring?: OfferedRing
  /** The set that the fleet picked, with its statement: the index is about that set and speaks of no channel. */
  readonly picked?: { readonly set: SetName; readonly statement: Statement }
}

/**
 * A source that follows the LiveUpdate protocol: hosts in order, a signed index, packages beside it.
 * @param place stands between a host and whoever believes what it says
 * @throws CONFIG_INVALID for a product, version or language that cannot be part of a file name
 */
function indexSource(
  config: IndexSourceConfig,
  connect: Connect,
  place: (host: Transport, query: SourceQuery) => Promise<Place>,
): Source {
  const index = indexName(config)
  const hosts = config.hosts.map(connect)

  async function ask(host: Transport, others: readonly Transport[], query: SourceQuery) {
    const { host: believed, prefix, ring, picked } = await place(host, query)
    const { url, validator, signed, text } = await readIndex(believed, prefix, index, query).catch(
      (error) => {
        throw ring && isDefsError(error, 'SOURCE_NOT_FOUND') ? emptyRing(error, ring, config.name) : error
      },
    )
    const tri = readTri(text, config)
    for (const problem of tri.dropped) note(query, `${url}: ${problem}; the full package is used`)
    const item = newestItem(tri.full, config.product)
    if (!item) return nothing(config.name, url, tri)
    // Rule: what is picked is named by its signed index. Stops: a fleet that gives one set for another.
    if (picked && item.set !== picked.set)
      throw new DefsError('TRUST_METADATA', `${url} is about ${item.set}, not ${picked.set}`, { path: url })
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
      ...(picked ? { statement: picked.statement } : {}),
      ...(item.statement && prefix !== '' && !picked
        ? { statement: { channel: prefix.slice(0, -1), ...item.statement } }
        : {}),
      ...(ring ? { ring } : {}),
      ...(validator === null ? {} : { index: { url, validator } }),
    } satisfies Omit<Offer, 'failedHosts'>
  }

  return hostedSource(config, hosts, ask)
}

/** A ring that no set has reached yet looks like a server that lost its index. */
function emptyRing({ message }: DefsError, { name }: OfferedRing, source: string): DefsError {
  return new DefsError('SOURCE_NOT_FOUND', `the ring ${name} offers no set yet: ${message}`, { source })
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
  return indexSource(config, connect, async (host) => ({ host, prefix: '' }))
}

/**
 * An internal LiveUpdate server: the same layout below `<host>/<channel>/`, and with a pinned root its metadata
 * first.
 * @throws CONFIG_INVALID
 */
export function internal(config: InternalConfig, connect: Connect): Source {
  if (!isAddressName(config.channel)) {
    throw new DefsError(
      'CONFIG_INVALID',
      `'${config.channel}' is no channel: use a plain name such as production`,
      {
        source: config.name,
      },
    )
  }
  return indexSource(config, connect, async (host, query) => {
    const { tuf, signal, member } = query
    const believed = tuf ? await verifiedHost(host, tuf, signal) : host
    const place = tuf && member ? await ringFrom(believed, config, member, signal) : null
    const { ring, pick } = place ?? { ring: null, pick: null }
    if (ring && pick) return pickedPlace(believed, ring, pick, signal)
    const channel = ring?.channel ?? config.channel
    if (channel === automatic)
      throw new DefsError('CONFIG_INVALID', "channel 'auto' needs fleet.name and trust.tufRoot", {
        source: config.name,
      })
    return { host: believed, prefix: `${channel}/`, ...(ring ? { ring } : {}) }
  })
}

/** The channel that means: whichever the card of the fleet has for this machine. */
const automatic = 'auto'

/**
 * The ring of this machine, by the card that the metadata vouches for. Null for a configured channel of no ring.
 * @throws SOURCE_NOT_FOUND for `channel: auto` without a card or a place in it; TRUST_*
 */
async function ringFrom(
  host: Transport,
  { channel, name: source }: InternalConfig,
  { fleet, host: name, labels }: FleetMember,
  signal: AbortSignal,
): Promise<{ readonly ring: OfferedRing; readonly pick: PickedSet | null } | null> {
  const file = await host.read(cardPath(fleet), limits.fleetCard, signal)
  const card = file === null ? null : readCard(file.bytes, fleet)
  if (channel !== automatic) {
    const ring = card?.rings.find((one) => one.channel === channel)
    return card && ring ? placed(card, ring, 'configured') : null
  }
  const found = card === null ? null : ringOf(card, name, labels)
  if (card && found) return placed(card, found.ring, found.why)
  const lack =
    card === null
      ? `the server has no card of the fleet ${fleet}`
      : `the card of ${fleet} has no ring for ${name}`
  throw new DefsError('SOURCE_NOT_FOUND', `${lack}: name a channel, or ask whoever runs the fleet`, {
    source,
  })
}

/** A pick with what its ring has to say besides. */
interface PickedSet extends CardPick {
  /** Milliseconds. */
  readonly maxAge: number
}

function placed(card: FleetCard, ring: CardRing, why: Why) {
  const { name, channel, pick, maxAge } = ring
  return {
    ring: { name, channel, why, card: card.number, spread: card.spread },
    pick: pick && { ...pick, maxAge: maxAge * 1000 },
  }
}

/**
 * Where the set lies that the fleet picked for a ring. Rule: the fleet's key vouches for the card and for nothing else;
 * the index of a set is vouched for by `targets`, and guarded. Stops: a controller that gives hosts a set of its own.
 * @throws TRUST_METADATA for a set that nobody signed
 */
async function pickedPlace(
  host: Transport,
  ring: OfferedRing,
  { set, statement: number, demoted, withdrawn, maxAge }: PickedSet,
  signal: AbortSignal,
): Promise<Place> {
  const prefix = pickedFolder(set)
  if ((await host.read(`${prefix}livetri.zip`, limits.index, signal)) === null)
    throw new DefsError(
      'TRUST_METADATA',
      `the fleet picks ${set} for ${ring.name}, which nobody has signed`,
      {
        path: prefix,
      },
    )
  return {
    host,
    prefix,
    ring,
    picked: { set, statement: { channel: ring.channel, number, demoted, withdrawn, maxAge } },
  }
}
