import { connectBus } from '../../bus/connect.ts'
import { DefsError, isDefsError } from '../../error.ts'
import { sampleAges, thinned } from '../ages.ts'
import { readFacts } from '../fact-file.ts'
import { knownFrom } from '../facts.ts'
import { hostsOf } from '../host-table.ts'
import type { FleetStatus } from '../status.ts'
import { exitCodeOfFleet, fleetStatus, hostStatuses } from '../view.ts'
import { emptyTree, type World } from '../world.ts'
import { readAdmitted, readHeard } from './admitted.ts'
import { readAges } from './age-log.ts'
import { cardOf } from './card-upkeep.ts'
import type { SignedTree } from './ground.ts'
import { takeIn } from './hearing.ts'
import { type ControllerRecord, recordShape } from './record.ts'
import type { Site } from './site.ts'

/** The fleet as somebody who only looks can see it. */
export interface FleetSurvey {
  readonly world: World
  readonly status: FleetStatus
  readonly exitCode: 0 | 3 | 5 | 7 | 9 | 100
}

/** Looks at facts, reports and the tree and changes nothing; a controller may run meanwhile or not. @throws STORE_* */
export async function survey(site: Site): Promise<FleetSurvey> {
  const { ground, paths, policy, fleet, context } = site
  const { disk } = ground
  const now = context.now()
  const known = knownFrom(await readFacts(paths, disk))
  const admitted = await readAdmitted(paths.hosts, disk)
  const heard = await readHeard(paths.heard, disk)
  const running = await site.running()
  const record = running ? recordIn(await disk.read(paths.record)) : null
  let feed: { readonly state: string; readonly since: string | null } | null = record?.feed ?? null
  if (fleet.bus === null) {
    // Whatever was heard, what lies there now is newer; nothing is kept.
    const folder = site.openFeed()
    takeIn(await folder.take(), fleet.name, admitted, heard, now.getTime())
    const { state } = folder.state()
    // Since when is known to the controller that runs; whoever only looks has just begun to.
    feed = { state, since: record?.feed.state === state ? record.feed.since : null }
  }
  const heardBy = feed ?? (await probe(site))
  const { tree, authentic } = await readTree(site)
  const card = tree?.card ?? cardOf(policy, known, null, now)
  const world: World = {
    policy,
    known,
    tree: tree?.view ?? emptyTree,
    hosts: hostsOf(admitted, heard, card, now.getTime()),
    now,
  }
  // What is on the bus is known to the controller that runs; nobody else looks.
  const onBus = fleet.bus === null || record === null ? null : record.onBus === card.number
  const status = fleetStatus(world, {
    card: { number: card.number, inTree: Boolean(tree?.card), onBus },
    controller: { running: running !== null, pid: running?.pid ?? null, since: running?.since ?? null },
    feed: {
      kind: fleet.bus === null ? 'none' : 'nats',
      state: heardBy.state === 'up' ? 'up' : 'away',
      since: heardBy.since ?? '',
    },
    treeReadable: tree !== null,
  })
  const shown = { ...status, bus: { ...status.bus, since: heardBy.since } }
  const fresh = tree === null || tree.until > now
  if (!fresh)
    site.ground.note(
      `what is signed ended ${tree.until.toISOString()}: no ring opens until it is signed anew ('defs publish --renew')`,
    )
  return { world, status: shown, exitCode: exitCodeOfFleet(status, world, { authentic: authentic && fresh }) }
}

async function readTree(site: Site): Promise<{ tree: SignedTree | null; authentic: boolean }> {
  try {
    const tree = await site.ground.tree.read()
    if (tree.timestamp.version > 0) return { tree, authentic: true }
    site.ground.note("nothing is signed in the tree yet: 'defs fleet init' begins")
    return { tree: null, authentic: true }
  } catch (error) {
    if (!isDefsError(error)) throw error
    site.ground.note(`the tree cannot be read: ${error.message}`)
    return { tree: null, authentic: !(error instanceof DefsError && error.code.startsWith('TRUST_')) }
  }
}

/** Whether the bus answers, where no controller runs who would know. */
async function probe({ fleet }: Site): Promise<{ state: string; since: string | null }> {
  if (fleet.bus === null) return { state: 'up', since: null }
  try {
    const connection = await connectBus(
      fleet.bus,
      { name: 'controller', seed: null },
      { patience: 2000, stay: false },
    )
    await connection.close()
    return { state: 'up', since: null }
  } catch {
    return { state: 'away', since: null }
  }
}

/** A record that is broken is none: who looks asks the bus then. */
function recordIn(read: string | null): ControllerRecord | null {
  try {
    return recordShape(JSON.parse(read ?? '')) ?? null
  } catch {
    return null
  }
}

/** Which ages are asked for. Milliseconds. */
export interface AgesAsked {
  /** Since 1970. */
  readonly from: number
  readonly step: number
}

/** The ages of the hosts of each ring now, and as they were. @throws STORE_* */
export async function fleetAges(site: Site, { from, step }: AgesAsked) {
  const { world } = await survey(site)
  const ages = await readAges({ paths: site.paths, disk: site.ground.disk })
  const now = sampleAges(hostStatuses(world), world.now)
  return {
    asOf: world.now.toISOString(),
    rings: world.policy.rings.map(({ name, maxAge }) => {
      const { hosts = 0, p50 = null, p95 = null, max = null } = now.get(name) ?? {}
      const points = thinned(ages.get(name) ?? [], from, step)
      return { name, maxAge, hosts, p50, p95, max, points }
    }),
  }
}
