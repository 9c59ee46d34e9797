import { DefsError } from '../../error.ts'
import { userName } from '../../publish/audit.ts'
import type { SetName } from '../../set-name.ts'
import { FactBook } from '../fact-file.ts'
import type { FactBody } from '../facts.ts'
import { isAwake } from '../roster.ts'
import { sightOf, type World } from '../world.ts'
import { assertRing, type Site } from './site.ts'
import { survey } from './survey.ts'
import { withdrawSets } from './withdraw-sets.ts'

/** What `approve`, `pause`, `resume`, `halt` and `urgent` print. */
export interface Decided {
  readonly changed: boolean
  readonly set: SetName | null
  readonly ring: string | null
  readonly statement: number | null
  readonly reason: string | null
}

/** What `fleet rollback` prints. */
export interface FleetRollback {
  readonly from: readonly SetName[]
  readonly to: SetName
  readonly reason: string
  readonly rings: readonly { ring: string; from: SetName; to: SetName; statement: number }[]
  /** Hosts that hold what they have: they stay. */
  readonly held: readonly string[]
  /** Hosts that are not awake: they go back when they are. */
  readonly away: readonly string[]
}

/** A person's decisions; each is a fact, in force with and without a running controller. */
export function decisions(site: Site) {
  const { ground, policy } = site
  const user = userName()
  const write = (...bodies: FactBody[]) =>
    ground.locked(() => new FactBook(site.paths, ground.disk).add(bodies, ground.now()))

  function setNamed(set: SetName, { tree, known }: World): void {
    if (known.sets.has(set) || tree.releases.some((one) => one.set === set)) return
    throw new DefsError('STORE_UNKNOWN_SET', `${set} is not published and never was of this fleet`, {
      path: set,
    })
  }

  function notBarred(set: SetName, { known }: World): void {
    const bar = known.sets.get(set)?.barred
    if (bar) throw new DefsError('USAGE_ARGUMENT', `${set} is barred (${bar.reason}): a newer one is wanted`)
  }

  async function approve(ring: string, set: SetName, reason: string | null): Promise<Decided> {
    assertRing(policy, ring)
    const { world } = await survey(site)
    setNamed(set, world)
    notBarred(set, world)
    const facts = world.known.sets.get(set)
    const stand = facts?.rings.get(ring)
    const last = facts?.approvals.findLast((one) => one.ring === ring)
    const counts = last !== undefined && (!stand?.opened || last.at >= stand.opened.at)
    const changed = !counts && !stand?.passed
    if (changed) await write({ fact: 'approved', set, ring, by: user, reason })
    return { changed, set, ring, statement: null, reason }
  }

  async function pause(ring: string | null, reason: string | null): Promise<Decided> {
    if (ring !== null) assertRing(policy, ring)
    const { world } = await survey(site)
    const changed = !world.known.paused.has(ring ?? '')
    if (changed) await write({ fact: 'paused', ring, by: user, reason })
    return { changed, set: null, ring, statement: null, reason }
  }

  async function resume(ring: string | null, reason: string | null): Promise<Decided> {
    if (ring !== null) assertRing(policy, ring)
    const { paused, sets, resumedAt } = (await survey(site)).world.known
    const halted = [...sets.values()].some(
      ({ barred }) => barred?.how === 'halted' && (resumedAt ?? '') < barred.at,
    )
    const changed = ring === null ? paused.size > 0 || halted : paused.has(ring)
    if (changed) await write({ fact: 'resumed', ring, by: user, reason })
    return { changed, set: null, ring, statement: null, reason }
  }

  async function urgent(set: SetName, reason: string): Promise<Decided> {
    const { world } = await survey(site)
    setNamed(set, world)
    notBarred(set, world)
    const changed = !world.known.sets.get(set)?.urgent
    if (changed) await write({ fact: 'urgent', set, by: user, reason })
    return { changed, set, ring: null, statement: null, reason }
  }

  async function halt(set: SetName, reason: string): Promise<Decided> {
    const { world } = await survey(site)
    setNamed(set, world)
    if (world.known.sets.get(set)?.barred) return { changed: false, set, ring: null, statement: null, reason }
    await begun(world)
    const { world: after } = await survey(site)
    // The tree first: a controller that runs would else do it, and this command could not say what it moved.
    const moved = await withdrawSets([set], after, ground, { reason })
    const back = moved.map(
      ({ ring, from, to }) => ({ fact: 'demoted', ring: ring.name, from, to, by: user }) as const,
    )
    await write({ fact: 'barred', set, by: user, reason, how: 'halted', ring: null }, ...back)
    site.report('rollout.halted', { set, reason, user })
    const numbers = moved.map(({ statement }) => statement)
    return {
      changed: true,
      set,
      ring: null,
      statement: numbers.length > 0 ? Math.max(...numbers) : null,
      reason,
    }
  }

  /** What the rings offered before the first fact counts as passed: it has to be written before anything is barred. */
  async function begun({ known, tree }: World): Promise<void> {
    if (known.started) return
    const offered = policy.rings.flatMap(({ name, channel }): FactBody[] => {
      const set = tree.channels.get(channel)?.set
      return set ? [{ fact: 'passed', ring: name, set, by: 'start', counts: null }] : []
    })
    await write({ fact: 'started' }, ...offered)
  }

  async function rollback(
    given: SetName | null,
    only: string | null,
    reason: string,
  ): Promise<FleetRollback> {
    if (only !== null) assertRing(policy, only)
    const first = await survey(site)
    if (given !== null) setNamed(given, first.world)
    await begun(first.world)
    const { world } = await survey(site)
    const sight = sightOf(world)
    const to = given ?? goalOf(world, only)
    if (!sight.published.has(to))
      throw new DefsError('STORE_UNKNOWN_SET', `${to} is not published any more`, { path: to })
    if (world.known.sets.get(to)?.barred)
      throw new DefsError('USAGE_ARGUMENT', `${to} is barred itself: name another set to go back to`)
    const rings = policy.rings.filter(({ name }) => only === null || name === only)
    const offered = rings.flatMap(({ channel }) => world.tree.channels.get(channel)?.set ?? [])
    const had = [...world.known.sets].flatMap(([set, facts]) =>
      rings.some(({ name }) => facts.rings.get(name)?.opened || facts.rings.get(name)?.passed) ? [set] : [],
    )
    const from = [...new Set([...offered, ...had])]
      .filter((set) => sight.published.has(set) && sight.compare(set, to) > 0)
      .filter((set) => !world.known.sets.get(set)?.barred || offered.includes(set))
      .toSorted((a, b) => sight.compare(b, a))
    const moved = await withdrawSets(from, world, ground, { to, reason, only })
    const left = only === null ? from : []
    await write(
      ...left.map(
        (set) => ({ fact: 'barred', set, by: user, reason, how: 'withdrawn', ring: null }) as const,
      ),
      ...moved.map(
        (one) => ({ fact: 'demoted', ring: one.ring.name, from: one.from, to: one.to, by: user }) as const,
      ),
    )
    for (const set of left) site.report('rollout.withdrawn', { set, reason, user })
    const { world: after } = await survey(site)
    const hosts = after.hosts.filter(
      ({ admitted, ring }) => admitted !== null && rings.some(({ name }) => name === ring),
    )
    const now = after.now.getTime()
    const held = hosts.filter(({ heard }) => {
      const current = heard?.report.current
      return current != null && from.includes(current) && heard?.report.holds.includes(current)
    })
    const away = hosts.filter((host) => !isAwake(host.heard, now) && !held.includes(host))
    return {
      from,
      to,
      reason,
      rings: moved.map(({ ring, from: was, to: goal, statement }) => ({
        ring: ring.name,
        from: was,
        to: goal,
        statement,
      })),
      held: held.map(({ name }) => name),
      away: away.map(({ name }) => name),
    }
  }

  /** The newest set that every ring has passed and that none of the left ones is. */
  function goalOf(world: World, only: string | null): SetName {
    const sight = sightOf(world)
    const rings = policy.rings.filter(({ name }) => only === null || name === only)
    const newest = rings
      .flatMap(({ channel }) => world.tree.channels.get(channel)?.set ?? [])
      .toSorted((a, b) => sight.compare(b, a))[0]
    const fit = [...world.known.sets]
      .filter(([set, facts]) => {
        const passed = rings.every(({ name }) => facts.rings.get(name)?.passed)
        return passed && !facts.barred && set !== newest && sight.published.has(set)
      })
      .map(([set]) => set)
      .filter((set) => newest === undefined || sight.compare(set, newest) < 0)
      .toSorted((a, b) => sight.compare(b, a))
    const [goal] = fit
    if (goal !== undefined) return goal
    throw new DefsError(
      'STORE_UNKNOWN_SET',
      'there is no set that every ring has passed before: name one to go back to',
    )
  }

  return { approve, pause, resume, urgent, halt, rollback }
}
