import { makeHostKey, publicNkey } from '../../src/bus/nkey.ts'
import type { FleetPolicy, RingPolicy } from '../../src/config/fleet.ts'
import { type Fact, type FactBody, knownFrom } from '../../src/fleet/facts.ts'
import { hostsOf } from '../../src/fleet/host-table.ts'
import type { HostReport } from '../../src/fleet/report.ts'
import { type Admitted, type Heard, hear } from '../../src/fleet/roster.ts'
import { decide } from '../../src/fleet/train.ts'
import { type Action, type ChannelOffer, setBefore, sightOf, type World } from '../../src/fleet/world.ts'
import { parseSetName, type SetName } from '../../src/set-name.ts'

export const a = parseSetName('20261120.001')
export const b = parseSetName('20261121.001')
export const c = parseSetName('20261122.001')
const minute = 60_000
const day = 24 * 60 * minute

export function ring(name: string, more: Partial<RingPolicy> = {}): RingPolicy {
  return {
    name,
    channel: name,
    hosts: [`${name}-*`],
    labels: {},
    share: null,
    failures: { hosts: 0 },
    troubles: { percent: 10 },
    minimum: 1,
    coverage: 80,
    soak: 10 * minute,
    patience: 4 * 60 * minute,
    accept: 'proved',
    approve: false,
    maxAge: 300 * day,
    ...more,
  }
}

export function policy(rings: readonly RingPolicy[], more: Partial<FleetPolicy> = {}): FleetPolicy {
  return {
    name: 'f1',
    intake: 'intake',
    rings,
    lostAfter: 20 * minute,
    spread: 0,
    windows: [],
    freeze: [],
    onHalt: 'demote',
    urgent: { soak: minute },
    timeZone: 'UTC',
    ...more,
  }
}

const key = publicNkey(makeHostKey())

export function report(host: string, more: Partial<HostReport> = {}): HostReport {
  return {
    schema: 1,
    fleet: 'f1',
    host,
    ring: null,
    why: null,
    seq: 1,
    at: '2026-11-22T00:00:00.000Z',
    phase: 'idle',
    current: null,
    previous: null,
    inUse: null,
    grade: null,
    ageSeconds: null,
    statement: null,
    candidate: null,
    lastAttempt: null,
    holds: [],
    barred: [],
    licence: { state: 'valid' },
    labels: {},
    defs: '0.1.0',
    scanner: { kind: 'direct', version: null },
    disk: { freeBytes: 1 },
    every: 900,
    confirms: false,
    ...more,
  }
}

/** A fleet in memory: its tree, its facts and its hosts; time goes on only when it is told to. */
export class Fleet {
  now = new Date('2026-11-22T06:00:00Z')
  readonly facts: Fact[] = []
  readonly admitted = new Map<string, Admitted>()
  readonly heard = new Map<string, Heard>()
  readonly channels = new Map<string, ChannelOffer>()
  intake: SetName[] = []
  readonly releases: SetName[] = []
  fresh = true
  readonly done: Action[] = []
  readonly policy: FleetPolicy

  constructor(given: FleetPolicy, hosts: readonly string[]) {
    this.policy = given
    for (const host of hosts)
      this.admitted.set(host, { key: `${key}${host}`, labels: {}, at: this.now.toISOString() })
  }

  add(...bodies: FactBody[]): void {
    for (const body of bodies)
      this.facts.push({ ...body, n: this.facts.length + 1, at: this.now.toISOString() })
  }

  publish(set: SetName): void {
    this.releases.push(set)
    this.intake = [set, ...this.intake]
  }

  offer(channel: string, set: SetName): void {
    const before = this.channels.get(channel)
    const withdrawn = (before?.withdrawn ?? []).filter((one) => one !== set)
    this.channels.set(channel, { set, statement: (before?.statement ?? 0) + 1, withdrawn })
  }

  says(host: string, more: Partial<HostReport>): void {
    const before = this.heard.get(host) ?? null
    const seq = (before?.report.seq ?? 0) + 1
    const { heard } = hear(
      before,
      { report: report(host, { seq, ...more }), key: `${key}${host}` },
      this.now.getTime(),
    )
    this.heard.set(host, heard)
  }

  /** The host proved the set. */
  proves(host: string, set: SetName): void {
    const at = this.now.toISOString()
    const candidate = { set, outcome: 'in-use', exitCode: 0, error: null, at } as const
    this.says(host, { phase: 'done', current: set, inUse: set, candidate })
  }

  fails(
    host: string,
    set: SetName,
    had: SetName | null,
    outcome: 'refused' | 'environment' = 'refused',
  ): void {
    const at = this.now.toISOString()
    const candidate = { set, outcome, exitCode: outcome === 'refused' ? 7 : 6, error: 'X', at } as const
    this.says(host, { phase: 'done', current: had, inUse: had, candidate })
  }

  world(): World {
    const card = {
      salt: 'x',
      rings: this.policy.rings.map((one) => ({ ...one, maxAge: one.maxAge / 1000 })),
    }
    return {
      policy: this.policy,
      known: knownFrom(this.facts),
      tree: {
        channels: this.channels,
        intake: this.intake,
        releases: this.releases.map((set) => ({ set, sequence: null })),
        fresh: this.fresh,
      },
      hosts: hostsOf(this.admitted, this.heard, card, this.now.getTime()),
      now: this.now,
    }
  }

  /** Decides and carries out until nothing is left to do. */
  settle(): void {
    for (let round = 0; round < 20; round++) {
      const { actions } = decide(this.world())
      if (actions.length === 0) return
      for (const action of actions) this.carryOut(action)
    }
    throw new Error(`it never comes to rest: ${JSON.stringify(decide(this.world()).actions)}`)
  }

  later(minutes: number): void {
    this.now = new Date(this.now.getTime() + minutes * minute)
  }

  view(name: string) {
    const found = decide(this.world()).rings.find(({ ring: { name: one } }) => one === name)
    if (!found) throw new Error(`no ring ${name}`)
    return found
  }

  private carryOut(action: Action): void {
    this.done.push(action)
    switch (action.do) {
      case 'start':
        this.add(
          { fact: 'started' },
          ...action.rings.map((one) => ({ fact: 'passed', ...one, by: 'start', counts: null }) as const),
        )
        break
      case 'note-opened':
        this.add({ fact: 'opened', ring: action.ring, set: action.set, by: 'hand' })
        break
      case 'evidence':
        this.add(...action.evidence.map((one) => ({ fact: 'failed', ...one }) as const))
        break
      case 'halt': {
        const { set, ring: where, reason } = action
        this.add({ fact: 'barred', set, ring: where, reason, by: 'controller', how: 'halted' })
        break
      }
      case 'withdraw':
        this.withdraw(action.sets)
        break
      case 'open':
        if (!action.known) this.add({ fact: 'opened', ring: action.ring, set: action.set, by: 'controller' })
        this.offer(channelOf(this.policy, action.ring), action.set)
        break
      case 'pass':
        this.add({ fact: 'passed', ring: action.ring, set: action.set, by: action.by, counts: action.counts })
        break
      case 'wait':
        this.add({ fact: 'waiting', ring: action.ring, set: action.set, waits: action.waits })
        break
      case 'freeze':
        this.add({ fact: 'frozen', ring: action.ring, set: action.set, reason: action.reason })
        break
      case 'complete':
      case 'supersede':
        this.add({ fact: action.do === 'complete' ? 'complete' : 'superseded', set: action.set })
    }
  }

  private withdraw(sets: readonly SetName[]): void {
    const world = this.world()
    for (const { name, channel } of this.policy.rings) {
      const offer = this.channels.get(channel)
      if (!offer) continue
      const back = sets.includes(offer.set) ? setBefore(name, sets, world, sightOf(world)) : null
      const set = back ?? offer.set
      const withdrawn = [...new Set([...offer.withdrawn, ...sets])].filter((one) => one !== set)
      this.channels.set(channel, { set, statement: offer.statement + 1, withdrawn })
      if (back) this.add({ fact: 'demoted', ring: name, from: offer.set, to: back, by: 'controller' })
    }
  }
}

function channelOf({ rings }: FleetPolicy, name: string): string {
  return rings.find((one) => one.name === name)?.channel ?? name
}
