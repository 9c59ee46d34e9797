import { createHash } from 'node:crypto'
import { count, listOf, nullable, object, type Shape, tableOf, text, truth } from '../../disk/json-shape.ts'
import { DefsError } from '../../error.ts'
import { readSetName, type SetName } from '../../set-name.ts'

/** What a ring takes, where the fleet's own key says so: one of the sets that others have signed. */
export interface CardPick {
  readonly set: SetName
  /** Rises with every statement of this ring. */
  readonly statement: number
  /** True when hosts are to go back to an older set. */
  readonly demoted: boolean
  /** Sets that nobody is to have any more. */
  readonly withdrawn: readonly SetName[]
}

/** A ring as hosts are told of it. */
export interface CardRing {
  readonly name: string
  readonly channel: string
  readonly hosts: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly share: number | null
  /** Seconds. */
  readonly maxAge: number
  /** Null where the channel of the ring says it itself. */
  readonly pick: CardPick | null
}

/** A set that the fleet does not want any more. */
export interface CardBar {
  readonly set: SetName
  readonly reason: string
  /** RFC 3339, UTC. */
  readonly since: string
}

/**
 * The fleet card, a target of the tree's metadata (`fleet/<name>.json`): which ring is whose. Signed with the rest of
 * the metadata, which also keeps an older one from coming back.
 */
export interface FleetCard {
  readonly schema: 1
  readonly fleet: string
  /** Rises with every change. */
  readonly number: number
  /** Keeps the choice by chance from falling on the same hosts in every fleet. */
  readonly salt: string
  readonly rings: readonly CardRing[]
  readonly barred: readonly CardBar[]
  /** Seconds. */
  readonly spread: number
  /** Why no ring takes anything at present; null when nothing is frozen. */
  readonly freeze: string | null
}

/** Why a host is in its ring. */
export type Why = 'configured' | 'glob' | 'label' | 'share'

const set: Shape<SetName> = (value) => {
  const read = typeof value === 'string' ? readSetName(value) : undefined
  return read === value ? read : undefined
}
const share: Shape<number> = (value) =>
  typeof value === 'number' && value >= 0 && value <= 1 ? value : undefined
const token: Shape<string> = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value) ? value : undefined
const pick = object<CardPick>({ set, statement: count, demoted: truth, withdrawn: listOf(set) })
const one: Shape<1> = (value) => (value === 1 ? 1 : undefined)

const shape = object<FleetCard>({
  schema: one,
  fleet: token,
  number: count,
  salt: text,
  rings: listOf(
    object<CardRing>({
      name: token,
      channel: token,
      hosts: listOf(text),
      labels: tableOf(text),
      share: nullable(share),
      maxAge: count,
      // A card that `targets` has signed picks nothing.
      pick: (value) => (value === undefined || value === null ? null : pick(value)),
    }),
  ),
  barred: listOf(object<CardBar>({ set, reason: text, since: text })),
  spread: count,
  freeze: nullable(text),
})

/** Where the card of a fleet lies below the tree. */
export function cardPath(fleet: string): string {
  return `fleet/${fleet}.json`
}

/** Reads a card whose bytes were proved. @throws TRUST_METADATA when it is none, or of another fleet */
export function readCard(bytes: Uint8Array, fleet: string): FleetCard {
  let card: FleetCard | undefined
  try {
    card = shape(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch {
    card = undefined
  }
  if (card && card.fleet === fleet && card.rings.length > 0) return card
  const what = card ? `a card of the fleet ${card.fleet}` : 'no fleet card'
  throw new DefsError('TRUST_METADATA', `${cardPath(fleet)} of the server is ${what}`, {
    path: cardPath(fleet),
  })
}

/** The bytes of a card: always the same for the same card. A ring that picks nothing does not speak of it. */
export function cardBytes(card: FleetCard): Buffer {
  const rings = card.rings.map(({ pick: picked, ...ring }) =>
    picked === null ? ring : { ...ring, pick: picked },
  )
  return Buffer.from(`${JSON.stringify({ ...card, rings }, null, 1)}\n`)
}

/** Folder of the index and the packages of a set that a fleet may pick, below the tree. */
export function pickedFolder(set: SetName): string {
  return `sets/${set}/`
}

/**
 * The ring of a host: the first whose glob names it, else the first whose labels it has, else by chance, which falls
 * on the same ring each time. Null when the card has no place for it.
 */
export function ringOf<Ring extends Omit<CardRing, 'pick'>>(
  card: { readonly salt: string; readonly rings: readonly Ring[] },
  host: string,
  labels: Readonly<Record<string, string>>,
): { readonly ring: Ring; readonly why: Why } | null {
  const byGlob = card.rings.find(({ hosts }) => hosts.some((glob) => matches(glob, host)))
  if (byGlob) return { ring: byGlob, why: 'glob' }
  const byLabel = card.rings.find(
    (ring) =>
      Object.keys(ring.labels).length > 0 &&
      Object.entries(ring.labels).every(([key, value]) => labels[key] === value),
  )
  if (byLabel) return { ring: byLabel, why: 'label' }
  const byShare = byChance(card, host)
  return byShare ? { ring: byShare, why: 'share' } : null
}

/**
 * Each ring takes its share, in order; the last one without a share takes the rest. A ring that names hosts or
 * labels and no share takes nobody by chance.
 */
function byChance<Ring extends Omit<CardRing, 'pick'>>(
  { salt, rings }: { readonly salt: string; readonly rings: readonly Ring[] },
  host: string,
): Ring | null {
  const digest = createHash('sha256').update(salt).update('\0').update(host).digest()
  const draw = digest.readUIntBE(0, 6) / 2 ** 48
  let below = 0
  for (const ring of rings) {
    below += ring.share ?? 0
    if (draw < below) return ring
  }
  const open = rings.filter((ring) => ring.share === null && ring.hosts.length === 0)
  return open.findLast((ring) => Object.keys(ring.labels).length === 0) ?? null
}

/**
 * A glob of `*` and `?` against a whole name. A `*` that was passed is never tried anew: a card of many of them must not
 * hold the run, as an expression does.
 */
function matches(glob: string, name: string): boolean {
  let at = 0
  let star = -1
  let tried = 0
  for (let place = 0; place < name.length; ) {
    if (glob[at] === '*') {
      star = at++
      tried = place
    } else if (at < glob.length && (glob[at] === '?' || glob[at] === name[place])) {
      at += 1
      place += 1
    } else if (star >= 0) {
      at = star + 1
      place = ++tried
    } else return false
  }
  return /^\**$/.test(glob.slice(at))
}
