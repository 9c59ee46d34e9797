import type { RingPolicy } from '../../config/fleet.ts'
import type { SetName } from '../../set-name.ts'
import { setBefore, sightOf, type World } from '../world.ts'
import type { Ground } from './ground.ts'

/** A ring that was moved to another set. */
export interface MovedRing {
  readonly ring: RingPolicy
  readonly from: SetName
  readonly to: SetName
  readonly statement: number
}

/**
 * Names sets as withdrawn in the statement of every ring, and takes every ring that offers one of them back to the
 * newest other set it passed.
 * @param to where all of them go instead, when somebody said so
 * @returns the rings that were moved
 */
export async function withdrawSets(
  sets: readonly SetName[],
  world: World,
  { tree }: Pick<Ground, 'tree'>,
  {
    to = null,
    reason = null,
    only = null,
  }: {
    readonly to?: SetName | null
    readonly reason?: string | null
    readonly only?: string | null
  } = {},
): Promise<MovedRing[]> {
  const { policy, known } = world
  const sight = sightOf(world)
  const rings = policy.rings.filter(
    ({ channel, name }) => world.tree.channels.has(channel) && (only === null || name === only),
  )
  const back = new Map<string, SetName>()
  for (const { name, channel } of rings) {
    const offered = world.tree.channels.get(channel)?.set
    const goal = offered && sets.includes(offered) ? (to ?? setBefore(name, sets, world, sight)) : null
    if (goal !== null) back.set(channel, goal)
  }
  const why = reason ?? sets.map((set) => known.sets.get(set)?.barred?.reason ?? 'withdrawn').join('; ')
  const moved = await tree.withdraw(
    sets,
    rings.map(({ channel }) => channel),
    back,
    why,
  )
  return moved.flatMap((one) => {
    const ring = rings.find(({ channel }) => channel === one.channel)
    return ring && one.from !== one.to ? [{ ring, from: one.from, to: one.to, statement: one.statement }] : []
  })
}
