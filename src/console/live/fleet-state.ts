import type { FleetFacts, Json } from '../facts.ts'
import { items, word } from '../page/fact.ts'
import { byGravity, byRing, ringNames, stateOf } from '../page/host-state.ts'

/** What the stream tells beside the journal, whenever it changed. */
export interface StateEvent {
  readonly name: 'fleet' | 'heat'
  readonly body: Json
}

/** One letter for each host of each ring, the gravest first. */
export function heatOf(status: Json, hosts: Json): Json {
  const rings = byRing(ringNames(status), items(hosts, 'hosts')).map(([name, all]) => ({
    name,
    states: all
      .toSorted(byGravity)
      .map((one) => stateOf(word(one, 'state')).letter)
      .join(''),
  }))
  return { rings }
}

/** The fleet as it is now. Never throws. */
export async function fleetStates(fleet: FleetFacts): Promise<readonly StateEvent[]> {
  const [status, hosts] = await Promise.all([fleet.status(), fleet.hosts()])
  return [
    { name: 'fleet', body: status.body },
    { name: 'heat', body: heatOf(status.body, hosts.body) },
  ]
}
