import { connectBus } from '../../bus/connect.ts'
import { describeError } from '../../error.ts'
import { durable, streamProblems, streamsOf } from '../bus/streams.ts'
import { readFacts } from '../fact-file.ts'
import type { Site } from './site.ts'
import { survey } from './survey.ts'

/** Something that is wrong around a fleet. */
export interface FleetFinding {
  readonly code: string
  readonly message: string
}

/** A clock of a host that is off by more makes its own reports hard to read. Milliseconds. */
const clockMost = 10 * 60_000

/** Looks at everything and changes nothing. @throws STORE_* */
export async function examineFleet(site: Site): Promise<FleetFinding[]> {
  const { world, status } = await survey(site)
  const findings: FleetFinding[] = []
  const add = (code: string, message: string) => findings.push({ code, message })
  if (!status.controller.running) add('CONTROLLER', "no controller runs: 'defs fleet run'")
  if (status.state === 'blind') add('BLIND', 'bus, reports or tree cannot be read')
  if (!status.card.inTree) add('CARD', "the tree has no card of this fleet: 'defs fleet init'")
  if (status.card.onBus === false)
    add('CARD', 'the card on the bus is not the one in the tree: see the log of nats-server if it stays so')
  if (!world.tree.fresh) add('TREE', 'what is signed is past its end: hosts believe it no more')
  for (const host of world.hosts) {
    if (host.admitted === null) add('HOST', `${host.name} reports and was never admitted`)
    else if (host.heard === null) add('HOST', `${host.name} was admitted and has never reported`)
    if (host.conflict) add('HOST', `${host.name} shares its name or its key with another machine`)
    if (host.ring === null) add('HOST', `${host.name} is in no ring`)
    const report = host.heard?.report
    const off = report ? Math.abs(Date.parse(report.at) - (host.heard?.receivedAt ?? 0)) : 0
    if (report && report.phase !== 'taking' && off > clockMost && off < 3 * report.every * 1000 + clockMost)
      add('CLOCK', `the clock of ${host.name} is off by ${Math.round(off / 60_000)} minutes`)
  }
  if ((await readFacts(site.paths, site.ground.disk)).length === 0)
    add('FACTS', 'nothing was decided yet: the controller has never run')
  findings.push(...(await examineBus(site)))
  return findings
}

/** Streams, their bounds, and consumers: a fleet needs one. */
async function examineBus({ fleet, policy }: Site): Promise<FleetFinding[]> {
  if (fleet.bus === null) return []
  try {
    const connection = await connectBus(
      fleet.bus,
      { name: 'controller', seed: null },
      { patience: 5000, stay: false },
    )
    try {
      const { jetstreamManager } = await import('@nats-io/jetstream')
      const manager = await jetstreamManager(connection, { timeout: 5000, checkAPI: false })
      const findings: FleetFinding[] = []
      let consumers = 0
      for (const wanted of streamsOf(policy.name)) {
        const there = await manager.streams.info(wanted.name).catch(() => null)
        if (there === null) findings.push({ code: 'STREAM', message: `${wanted.name} is missing` })
        else {
          consumers += there.state.consumer_count
          for (const message of streamProblems(wanted, there.config))
            findings.push({ code: 'STREAM', message })
        }
      }
      if (consumers > 3)
        findings.push({
          code: 'CONSUMERS',
          message: `${consumers} consumers: a fleet needs one, '${durable}'`,
        })
      return findings
    } finally {
      await connection.close().catch(() => undefined)
    }
  } catch (error) {
    return [{ code: 'BUS', message: describeError(error) }]
  }
}
