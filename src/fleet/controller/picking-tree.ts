import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import type { FleetPolicy } from '../../config/fleet.ts'
import type { Context } from '../../context.ts'
import { withLockAt } from '../../disk/lock.ts'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { audit } from '../../publish/audit.ts'
import { publishPaths } from '../../publish/paths.ts'
import { pickSigner } from '../../publish/picks/pick-role.ts'
import { putPicks, readPicks } from '../../publish/picks/put-picks.ts'
import type { PublisherRequest } from '../../publish/publisher.ts'
import { type ProvedTree, readProvedTree } from '../../publish/signed-offers.ts'
import { compareSetNames, compareStanding, type SetName, type Standing } from '../../set-name.ts'
import {
  type CardPick,
  cardBytes,
  cardPath,
  type FleetCard,
  pickedFolder,
  readCard,
} from '../../source/liveupdate/fleet-card.ts'
import type { ChannelOffer } from '../world.ts'
import type { Moved, RolloutTree, SignedTree } from './ground.ts'

/** What a tree and the role's own newest word say. */
interface Seen {
  readonly proved: ProvedTree | null
  readonly card: FleetCard | null
  readonly visible: boolean
  readonly releases: readonly Standing[]
  readonly offers: ReadonlyMap<string, ChannelOffer>
}

/** Where a controller works. */
export interface ControllerPlace {
  /** The folder of its own files. */
  readonly folder: string
  readonly config: Config
  readonly context: Context
}

/**
 * The tree as a controller moves it that holds the key of the delegated role `fleet` and nothing else that counts: what
 * each ring takes stands in the card, and is one of the sets that others have signed. Whoever holds the keys of
 * snapshot and timestamp makes it visible to hosts; a controller that has these two does it by itself.
 */
export function pickingTree(
  policy: FleetPolicy,
  request: PublisherRequest,
  { folder, config, context }: ControllerPlace,
): RolloutTree {
  const paths = publishPaths(config, request.to)

  async function look(): Promise<Seen> {
    const proved = await readProvedTree(paths, config.publish)
    const shown = (await proved?.read(cardPath(policy.name))) ?? null
    const { key } = await pickSigner(paths.keys, request.passphrase)
    const own = await readPicks(paths, key, cardPath(policy.name))
    const bytes = own ?? shown
    const card = bytes === null ? null : readCard(bytes, policy.name)
    const offers = new Map<string, ChannelOffer>()
    for (const { name, channel } of policy.rings) {
      const pick = card?.rings.find((ring) => ring.name === name)?.pick ?? null
      const offer = pick ?? (await proved?.offer(channel)) ?? null
      if (offer !== null) offers.set(channel, offer)
    }
    const visible = bytes !== null && shown !== null && Buffer.from(shown).equals(Buffer.from(bytes))
    return { proved, card, visible, offers, releases: await signedSets(proved) }
  }

  async function read(): Promise<SignedTree> {
    const { proved, card, visible, releases, offers } = await look()
    const signed = (await proved?.offer(policy.intake))?.set ?? null
    const until = proved?.until ?? new Date(0)
    return {
      view: { channels: offers, intake: intakeOf(signed, releases), releases, fresh: until > context.now() },
      card,
      visible,
      timestamp: proved?.timestamp ?? { version: 0, text: '' },
      until,
    }
  }

  const put = (card: FleetCard) =>
    putPicks({ path: cardPath(policy.name), bytes: cardBytes(card) }, { request, paths, config, context })

  /** Does work on the newest card, as the only one who picks. */
  async function changing<T>(work: (seen: Seen & { readonly card: FleetCard }) => Promise<T>): Promise<T> {
    return withLockAt(join(folder, 'pick.lock'), { wait: request.lockWait, context }, async () => {
      const seen = await look()
      const { card } = seen
      if (card === null)
        throw new DefsError('PUBLISH_REFUSED', "the fleet has no card: run 'defs fleet init' first")
      return work({ ...seen, card })
    })
  }

  async function pick(
    picks: ReadonlyMap<string, CardPick>,
    { card, offers }: Seen & { readonly card: FleetCard },
    reason: string,
  ): Promise<void> {
    if (picks.size === 0) return
    const rings = card.rings.map((ring) => ({ ...ring, pick: picks.get(ring.channel) ?? ring.pick }))
    await put({ ...card, number: card.number + 1, rings })
    for (const [channel, { set, statement, demoted }] of picks) {
      const from = offers.get(channel)?.set ?? null
      const action = from === set ? 'withdrawn' : demoted ? 'demoted' : 'promoted'
      const trail = { audit: join(folder, 'audit.jsonl') }
      await audit(trail, { action, set, channel, from, reason, statement }, context.now())
    }
  }

  return {
    read,
    open: (channel, set, reason) =>
      changing(async (seen) => {
        const before = seen.offers.get(channel) ?? null
        if (before?.set === set) return before.statement
        const next = pickOf(set, [], before, seen.releases, context.now())
        await pick(new Map([[channel, next]]), seen, reason)
        return next.statement
      }),
    withdraw: (sets, channels, back, reason) =>
      changing(async (seen) => {
        const picks = new Map<string, CardPick>()
        const moved: Moved[] = []
        for (const channel of channels) {
          const before = seen.offers.get(channel)
          if (!before) continue
          const to = sets.includes(before.set) ? (back.get(channel) ?? before.set) : before.set
          const fresh = sets.filter((set) => set !== to && !before.withdrawn.includes(set))
          const next =
            to === before.set && fresh.length === 0
              ? null
              : pickOf(to, fresh, before, seen.releases, context.now())
          if (next) picks.set(channel, next)
          moved.push({ channel, from: before.set, to, statement: next?.statement ?? before.statement })
        }
        await pick(picks, seen, reason)
        return moved
      }),
    putCard: (card) =>
      withLockAt(join(folder, 'pick.lock'), { wait: request.lockWait, context }, async () => {
        // A command may have picked since this card was read.
        const { card: newest } = await look()
        const rings = card.rings.map((ring) => ({
          ...ring,
          pick: newest?.rings.find(({ name }) => name === ring.name)?.pick ?? ring.pick,
        }))
        await put({ ...card, rings, number: Math.max(card.number, (newest?.number ?? 0) + 1) })
      }),
    async renew(until) {
      if (until.getTime() - context.now().getTime() > config.publish.life / 2) return
      const { card } = await look()
      if (card !== null) await put(card)
    },
    // The publisher keeps what rings take and what its own channels may go back to.
    keep: async () => undefined,
  }
}

async function signedSets(proved: ProvedTree | null): Promise<Standing[]> {
  const head = pickedFolder('' as SetName).split('/')[0]
  const form = new RegExp(`^${head}/[^/]+/livetri\\.zip$`)
  const found: Standing[] = []
  for (const path of proved?.targets ?? []) {
    const one = form.test(path) ? ((await proved?.about(path)) ?? null) : null
    if (one !== null && path.startsWith(pickedFolder(one.set))) found.push(one)
  }
  return found.toSorted((a, b) => compareSetNames(a.set, b.set))
}

/** What the intake offers, and what was signed before it, newest first. */
function intakeOf(signed: SetName | null, releases: readonly Standing[]): SetName[] {
  const there = releases.find(({ set }) => set === signed)
  if (!there) return []
  const older = releases.filter((one) => compareStanding(one, there) < 0)
  return [there, ...older.toSorted((a, b) => compareStanding(b, a))].map(({ set }) => set)
}

/** The next statement of a ring. @throws PUBLISH_REFUSED for a set that nobody signed */
function pickOf(
  set: SetName,
  withdrawn: readonly SetName[],
  before: ChannelOffer | null,
  releases: readonly Standing[],
  now: Date,
): CardPick {
  const there = releases.find((one) => one.set === set)
  if (!there)
    throw new DefsError('PUBLISH_REFUSED', `${set} is not among the sets that are signed`, { path: set })
  const old =
    before && (releases.find((one) => one.set === before.set) ?? { set: before.set, sequence: null })
  const demoted = old !== null && compareStanding(there, old) < 0
  const left = [...(before?.withdrawn ?? []), ...withdrawn, ...(demoted && before ? [before.set] : [])]
  return {
    set,
    statement: Math.max((before?.statement ?? 0) + 1, Math.floor(now.getTime() / 1000)),
    demoted,
    withdrawn: [...new Set(left)]
      .filter((one) => one !== set)
      .toSorted(compareSetNames)
      .slice(-limits.withdrawn),
  }
}
