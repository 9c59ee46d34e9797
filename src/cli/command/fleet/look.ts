import { DefsError } from '../../../error.ts'
import type { AgesAsked } from '../../../fleet/controller/survey.ts'
import type { FleetStatus, HostStatus, RingStatus } from '../../../fleet/status.ts'
import { formatSpan } from '../../../report/span.ts'
import type { SetName } from '../../../set-name.ts'
import { csvCell } from '../../../text/csv-cell.ts'
import { type CommandResult, type Line, plainJson, tableLines } from '../../output.ts'
import type { Session } from '../../session.ts'
import { withSite } from './decide.ts'
import { failureOf } from './failure.ts'

/** Prints how the rings stand. @throws USAGE_ARGUMENT, STORE_* */
export function runStatus(
  { ring }: { readonly ring: string | null },
  session: Session,
): Promise<CommandResult> {
  return withSite(session, async (site) => {
    const { survey } = await import('../../../fleet/controller/survey.ts')
    const { assertRing } = await import('../../../fleet/controller/site.ts')
    if (ring !== null) assertRing(site.policy, ring)
    const { status, exitCode } = await survey(site)
    const shown =
      ring === null ? status : { ...status, rings: status.rings.filter(({ name }) => name === ring) }
    return {
      exitCode,
      json: { ...shown },
      lines: statusLines(shown),
      ...failureOf(exitCode, status.rings),
    }
  })
}

/** A fleet's state as a person reads it. */
export function statusLines(status: FleetStatus): Line[] {
  const { fleet, state, rings, controller, bus, hosts, awake } = status
  const tone = state === 'steady' ? 'good' : state === 'halted' || state === 'blind' ? 'bad' : 'warning'
  const runs = controller.running ? `controller ${controller.pid ?? ''} runs` : 'no controller runs'
  return [
    { text: `fleet ${fleet}: ${state}`, tone },
    `${hosts} hosts, ${awake} awake; ${runs}; reports ${bus.state}`,
    ...tableLines(rings.map(ringRow)),
    ...rings.flatMap((ring) => (ring.reason ? [`${ring.name}: ${ring.reason}`] : [])),
    ...adviceLines(status),
    ...rings.flatMap(sampleLine),
  ]
}

/** What keeps a fleet from moving at all, and what to do. */
function adviceLines({ bus, card, controller, hosts }: FleetStatus): Line[] {
  const lacks = [
    card.inTree ? null : "the tree has no card of this fleet: 'defs fleet init' makes it",
    bus.state === 'up'
      ? null
      : "reports cannot be heard, no ring opens or passes: 'defs fleet doctor' says why",
    hosts > 0 ? null : "no host is admitted: 'defs fleet join' there prints the line to type here",
    controller.running ? null : "no controller runs, nothing moves by itself: 'defs fleet run'",
  ]
  return lacks.flatMap((text) => (text === null ? [] : [{ text, tone: 'warning' }]))
}

function ringRow(ring: RingStatus): string[] {
  const { name, state, waits, set, good, awake, failures, late, ageSeconds } = ring
  const age = ageSeconds === null ? '' : formatSpan(ageSeconds * 1000)
  return [
    name,
    waits === null ? state : `${state} (${waits})`,
    set ?? '-',
    `${good}/${awake} proved`,
    `${failures} failed`,
    late ? `${age}, late` : age,
  ]
}

/** A ring that is small sees only what is common: said, so that nobody trusts it with more. */
function sampleLine({ name, awake }: RingStatus): Line[] {
  if (awake === 0) return []
  const seen = Math.round(100 * (1 - 0.95 ** awake))
  const those = awake === 1 ? '1 host' : `${awake} hosts`
  const text = `${name}: ${those} would see a fault of 5 % of all with ${seen} %`
  return [{ text, tone: 'quiet' }]
}

export interface HostsInput {
  readonly ring: string | null
  readonly state: string | null
  readonly labels: Readonly<Record<string, string>>
  readonly csv: boolean
}

/** Lists the hosts. @throws USAGE_ARGUMENT, STORE_* */
export function runHosts(input: HostsInput, session: Session): Promise<CommandResult> {
  return withSite(session, async (site) => {
    const { survey } = await import('../../../fleet/controller/survey.ts')
    const { hostStatuses } = await import('../../../fleet/view.ts')
    const { assertRing } = await import('../../../fleet/controller/site.ts')
    if (input.ring !== null) assertRing(site.policy, input.ring)
    if (input.state !== null) await assertState(input.state)
    const { world, exitCode } = await survey(site)
    const hosts = hostStatuses(world).filter((host) => isMeant(host, input))
    const graver = exitCode === 3 || exitCode === 5 ? exitCode : 0
    const lines = input.csv
      ? [csvHead.join(','), ...hosts.map(csvRow)]
      : [...tableLines(hosts.map(hostRow)), `${hosts.length} hosts`]
    return { exitCode: graver, json: { hosts, total: hosts.length }, lines, ...failureOf(graver) }
  })
}

async function assertState(name: string): Promise<void> {
  const { hostStates } = await import('../../../fleet/judge.ts')
  if (hostStates.some((state) => state === name)) return
  throw new DefsError('USAGE_ARGUMENT', `there is no state '${name}' (there are: ${hostStates.join(', ')})`)
}

function isMeant(host: HostStatus, { ring, state, labels }: HostsInput): boolean {
  const labelled = Object.entries(labels).every(([key, value]) => host.labels[key] === value)
  return labelled && (ring === null || host.ring === ring) && (state === null || host.state === state)
}

function hostRow(host: HostStatus): string[] {
  const marks = [host.held ? 'held' : '', host.conflict ? 'conflict' : ''].filter(Boolean).join(' ')
  return [host.host, host.ring ?? '-', host.why ?? '-', host.state, host.set ?? '-', marks, host.reason ?? '']
}

const csvHead = [
  'host',
  'ring',
  'why',
  'state',
  'set',
  'previous',
  'seq',
  'reportedAt',
  'held',
  'conflict',
  'reason',
]

function csvRow(host: HostStatus): string {
  const { ring, why, state, set, previous, seq, reportedAt, held, conflict, reason } = host
  const cells = [host.host, ring, why, state, set, previous, seq, reportedAt, held, conflict, reason]
  return cells.map(csvCell).join(',')
}

/** Prints what one set has been through. @throws STORE_UNKNOWN_SET, STORE_* */
export function runShow({ set }: { readonly set: SetName }, session: Session): Promise<CommandResult> {
  return withSite(session, async (site) => {
    const { survey } = await import('../../../fleet/controller/survey.ts')
    const { publishedFacts } = await import('../../../fleet/controller/published.ts')
    const { setStatus } = await import('../../../fleet/view.ts')
    const { world, exitCode } = await survey(site)
    const status = setStatus(set, world, await publishedFacts(site, set))
    if (status === null)
      throw new DefsError('STORE_UNKNOWN_SET', `${set} is not published and never was of this fleet`, {
        path: set,
      })
    const lines: Line[] = [
      { text: `${set}: ${status.state}${status.barred ? `, ${status.barred.reason}` : ''}`, tone: 'title' },
      ...tableLines(
        status.rings.map((one) => [
          one.ring,
          one.state,
          one.openedAt ?? '',
          one.passedAt ?? '',
          one.by ?? '',
        ]),
      ),
      ...status.evidence.map(
        (one) => `${one.host} (${one.ring}): ${one.outcome} ${one.exitCode ?? ''} ${one.error ?? ''}`,
      ),
      `${status.hosts.length} hosts have it`,
    ]
    const graver = exitCode === 3 || exitCode === 5 ? exitCode : 0
    return { exitCode: graver, json: { ...status }, lines, ...failureOf(graver) }
  })
}

/** Tells how old the definitions of the hosts of each ring are, and were; the console asks it. @throws STORE_* */
export function runAges(question: AgesAsked, session: Session): Promise<CommandResult> {
  return withSite(session, async (site) => {
    const { fleetAges } = await import('../../../fleet/controller/survey.ts')
    return { exitCode: 0, json: await fleetAges(site, question), lines: [] }
  })
}

/** Prints the fleet's events as they come, until a signal. @throws STORE_* */
export function runWatch(_input: object, session: Session): Promise<CommandResult> {
  const { context, environment } = session
  return withSite(session, async (_site, config) => {
    const { followEvents } = await import('../../../fleet/controller/follow.ts')
    await followEvents(config, context, (event) => environment.stdout.write(`${plainJson(event)}\n`))
    return { exitCode: 0, json: {}, lines: [] }
  })
}

/** Looks for what is wrong around a fleet; 6 with findings. @throws USAGE_ARGUMENT, STORE_* */
export function runDoctor(_input: object, session: Session): Promise<CommandResult> {
  return withSite(session, async (site) => {
    const { examineFleet } = await import('../../../fleet/controller/doctor.ts')
    const findings = await examineFleet(site)
    const lines: Line[] =
      findings.length === 0
        ? [{ text: 'nothing is wrong', tone: 'good' }]
        : findings.map(({ code, message }) => ({ text: `${code}: ${message}`, tone: 'warning' as const }))
    if (findings.length === 0) return { exitCode: 0, json: { findings }, lines }
    const error = new DefsError('STORE_IO', `${findings.length} found wrong: see each for what to do`)
    return { exitCode: 6, json: { findings }, lines, error }
  })
}

/** Works out how long the next set takes. @throws USAGE_ARGUMENT, STORE_* */
export function runForecast({ line }: { readonly line: number }, session: Session): Promise<CommandResult> {
  return withSite(session, async (site) => {
    const { forecast } = await import('../../../fleet/controller/published.ts')
    const { survey } = await import('../../../fleet/controller/survey.ts')
    const { status } = await survey(site)
    const told = await forecast(site, status, line)
    const lines = tableLines(
      told.rings.map((one) => [
        one.ring,
        `${one.hosts} hosts`,
        `opens after ${formatSpan(one.opensAfterMs)}`,
        `passes after ${formatSpan(one.passesAfterMs)}`,
        `${one.bytes} bytes`,
      ]),
    )
    return { exitCode: 0, json: { ...told }, lines }
  })
}
