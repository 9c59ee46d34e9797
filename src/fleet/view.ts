import { ageOf, dateOf, type Grade, type SetName } from '../set-name.ts'
import type { FeedState } from './bus/feed.ts'
import { type HostState, viewHost } from './judge.ts'
import { type Host, isAwake } from './roster.ts'
import type { FleetState, FleetStatus, HostStatus, RingStatus, SetStatus } from './status.ts'
import { type Decision, decide } from './train.ts'
import { isNewestHalted, type RingView, sightOf, type World } from './world.ts'

/** What is around a decision: who runs, and what can be read. */
export interface FleetSurroundings {
  readonly card: FleetStatus['card']
  readonly controller: FleetStatus['controller']
  readonly feed: Pick<FeedState, 'kind' | 'state' | 'since'>
  /** Whether the tree could be read and proved. */
  readonly treeReadable: boolean
}

const iso = (moment: number | null) => (moment === null ? null : new Date(moment).toISOString())

/** The fleet as a whole. */
export function fleetStatus(world: World, around: FleetSurroundings, decision = decide(world)): FleetStatus {
  const { policy, known, hosts, now } = world
  const awake = hosts.filter((host) => host.admitted && isAwake(host.heard, now.getTime())).length
  return {
    fleet: policy.name,
    asOf: now.toISOString(),
    state: stateOf(decision, world, around),
    card: around.card,
    controller: around.controller,
    bus: { kind: around.feed.kind, state: around.feed.state, since: around.feed.since },
    hosts: hosts.filter(({ admitted }) => admitted !== null).length,
    awake,
    rings: decision.rings.map((view) => ringStatus(view, world)),
    sets: decision.sets,
    barred: [...known.sets]
      .flatMap(([set, { barred }]) =>
        barred ? [{ set, reason: barred.reason, since: barred.at, by: barred.by }] : [],
      )
      .toSorted((a, b) => (a.since < b.since ? 1 : -1)),
  }
}

function stateOf({ rings }: Decision, world: World, around: FleetSurroundings): FleetState {
  const has = (...states: readonly RingView['state'][]) => rings.some(({ state }) => states.includes(state))
  if (!around.treeReadable || around.feed.state !== 'up') return 'blind'
  if (isNewestHalted(world)) return 'halted'
  if (has('frozen')) return 'frozen'
  if (has('paused')) return 'paused'
  if (has('waiting')) return 'waiting'
  return has('opening', 'judging', 'soaking') ? 'rolling' : 'steady'
}

function ringStatus(view: RingView, { now, hosts }: World): RingStatus {
  const { ring, judgement, set } = view
  const members = hosts.filter((host) => host.ring === ring.name && host.admitted !== null)
  return {
    name: ring.name,
    channel: ring.channel,
    state: view.state,
    waits: view.waits,
    reason: view.reason,
    set,
    statement: view.statement,
    since: iso(view.since),
    soakEnds: iso(view.soakEnds),
    next: view.next,
    hosts: judgement?.hosts ?? members.length,
    awake: judgement?.awake ?? members.filter(({ heard }) => isAwake(heard, now.getTime())).length,
    counts: judgement?.counts ?? {},
    good: judgement?.good ?? 0,
    failures: judgement?.failures ?? 0,
    troubles: judgement?.troubles ?? 0,
    minimum: judgement?.minimum ?? ring.minimum ?? 0,
    coverage: judgement?.coverage ?? 0,
    ageSeconds: set === null ? null : Math.floor(ageOf(set, now) / 1000),
    maxAge: ring.maxAge,
    late: view.late,
  }
}

/** Every host, by name. */
export function hostStatuses(world: World): HostStatus[] {
  const { policy, tree, hosts, now } = world
  const sight = sightOf(world)
  const rings = new Map(policy.rings.map((ring) => [ring.name, ring] as const))
  return hosts.map((host) => {
    const ring = rings.get(host.ring ?? '')
    const offered = ring ? (tree.channels.get(ring.channel)?.set ?? null) : null
    const { state, reason } = viewHost(host, offered, ring?.accept ?? 'proved', sight)
    return hostStatus(host, state, reason, now)
  })
}

function hostStatus(host: Host, state: HostState, reason: string | null, now: Date): HostStatus {
  const { heard, admitted } = host
  const report = heard?.report ?? null
  const current = report?.current ?? null
  return {
    host: host.name,
    key: heard?.key ?? admitted?.key ?? null,
    ring: host.ring,
    why: host.why,
    state,
    set: current,
    previous: report?.previous ?? null,
    candidate: report?.candidate ?? null,
    seq: report?.seq ?? null,
    reportedAt: iso(heard?.receivedAt ?? null),
    ageSeconds:
      current === null ? null : Math.max(0, Math.floor((now.getTime() - dateOf(current).getTime()) / 1000)),
    reason: reason ?? (host.conflict ? 'two machines use this name or this key' : null),
    held: current !== null && (report?.holds.includes(current) ?? false),
    conflict: host.conflict,
    labels: host.labels,
  }
}

/** What the catalogue and the audit trail know of a set. */
export interface PublishedFacts {
  readonly grade: Grade
  readonly publishedAt: string
  readonly publishedBy: string | null
}

/** What one set has been through; null for a set that the fleet has never seen. */
export function setStatus(
  set: SetName,
  world: World,
  published: PublishedFacts | null,
  decision = decide(world),
): SetStatus | null {
  const { policy, known, hosts } = world
  const found = decision.sets.find((one) => one.set === set)
  const facts = known.sets.get(set)
  if (published === null && facts === undefined) return null
  const bar = facts?.barred ?? null
  return {
    set,
    state: found?.state ?? (bar ? bar.how : 'published'),
    grade: published?.grade ?? 'certified',
    publishedAt: published?.publishedAt ?? bar?.at ?? world.now.toISOString(),
    publishedBy: published?.publishedBy ?? null,
    rings: policy.rings.map(({ name }) => {
      const stand = facts?.rings.get(name)
      const view = decision.rings.find(({ ring }) => ring.name === name)
      const reached = stand?.opened ?? stand?.passed ?? null
      const halted = bar !== null && reached !== null
      const state =
        view?.set === set
          ? view.state
          : halted
            ? 'halted'
            : stand?.passed
              ? 'passed'
              : reached
                ? 'opening'
                : 'idle'
      return {
        ring: name,
        state,
        openedAt: stand?.opened?.at ?? null,
        passedAt: stand?.passed?.at ?? null,
        haltedAt: halted ? bar.at : null,
        by: stand?.opened?.by ?? stand?.passed?.by ?? null,
      }
    }),
    approvals: facts?.approvals ?? [],
    barred: bar === null ? null : { reason: bar.reason, since: bar.at, by: bar.by },
    evidence: (facts?.evidence ?? []).map(({ host, ring, class: kind, outcome, exitCode, error, at }) => ({
      host,
      ring,
      class: kind,
      outcome,
      exitCode,
      error,
      at,
    })),
    hosts: hosts.filter(({ heard }) => heard?.report.current === set).map(({ name }) => name),
  }
}

/** The exit code of `fleet status`, gravest first. */
export function exitCodeOfFleet(
  status: FleetStatus,
  world: World,
  around: { readonly authentic: boolean },
): 0 | 3 | 5 | 7 | 9 | 100 {
  if (!around.authentic) return 5
  if (status.state === 'blind') return 3
  if (isNewestHalted(world)) return 7
  if (status.rings.some(({ late, state }) => late && state !== 'frozen')) return 9
  const rolling = new Set(status.sets.flatMap(({ set, state }) => (state === 'rolling' ? [set] : [])))
  const goes = status.rings.some(({ state, next, set }) => {
    if (state === 'opening' || state === 'judging' || state === 'soaking' || state === 'waiting') return true
    const stands = state === 'paused' || state === 'frozen'
    return stands && (next !== null || (set !== null && rolling.has(set)))
  })
  return goes ? 100 : 0
}
