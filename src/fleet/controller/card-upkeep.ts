import { createHash } from 'node:crypto'
import type { FleetPolicy } from '../../config/fleet.ts'
import type { SetName } from '../../set-name.ts'
import { cardBytes, type FleetCard } from '../../source/liveupdate/fleet-card.ts'
import type { Announcement } from '../bus/feed.ts'
import { freezeAt } from '../calendar.ts'
import type { Known } from '../facts.ts'
import { setBefore, sightOf, type World } from '../world.ts'
import type { SignedTree } from './ground.ts'

/**
 * The card as it should be. Its number rises only when something else in it changes.
 * @param before the one that is signed in the tree; null when there is none
 */
export function cardOf(policy: FleetPolicy, known: Known, before: FleetCard | null, now: Date): FleetCard {
  const freeze = freezeAt(policy.freeze, now, policy.timeZone)
  const barred = [...known.sets].flatMap(([set, { barred: bar }]) =>
    bar ? [{ set, reason: bar.reason.slice(0, 200), since: bar.at }] : [],
  )
  const card: FleetCard = {
    schema: 1,
    fleet: policy.name,
    number: before?.number ?? 1,
    salt: before?.salt ?? createHash('sha256').update(policy.name).digest('hex').slice(0, 16),
    rings: policy.rings.map(({ name, channel, hosts, labels, share, maxAge }) => ({
      name,
      channel,
      hosts,
      labels,
      share,
      maxAge: Math.floor(maxAge / 1000),
      pick: before?.rings.find((ring) => ring.name === name)?.pick ?? null,
    })),
    // The newest are enough: what is older is below what every ring offers.
    barred: barred.toSorted((a, b) => (a.set < b.set ? 1 : -1)).slice(0, 32),
    spread: Math.floor(policy.spread / 1000),
    freeze: freeze?.reason ?? null,
  }
  if (before === null || cardBytes(card).equals(cardBytes(before))) return card
  return { ...card, number: before.number + 1 }
}

/** Sets that rings may go back to: for each the newest that it passed, and the one before what it offers. */
export function setsToKeep(world: World): SetName[] {
  const { tree, policy } = world
  const sight = sightOf(world)
  const needed = policy.rings.flatMap(({ name, channel }) => {
    const offered = tree.channels.get(channel)?.set
    const first = setBefore(name, [], world, sight)
    const second = offered === undefined ? null : setBefore(name, [offered], world, sight)
    return [first, second].flatMap((set) => set ?? [])
  })
  return [...new Set(needed)].sort()
}

/** What hosts are woken with. */
export function announcementOf(
  card: FleetCard | null,
  { policy, tree }: World,
  { timestamp, soon }: { readonly timestamp: SignedTree['timestamp']; readonly soon: boolean },
): Announcement {
  const rings = Object.fromEntries(
    policy.rings.map(({ name, channel }) => {
      const offer = tree.channels.get(channel)
      return [name, { set: offer?.set ?? null, statement: offer?.statement ?? null }]
    }),
  )
  const { version: timestampVersion, text } = timestamp
  return { schema: 1, number: card?.number ?? 0, timestampVersion, rings, soon, timestamp: text }
}
