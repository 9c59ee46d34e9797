import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeHostKey, publicNkey } from '../../src/bus/nkey.ts'
import type { FeedState, RawReport } from '../../src/fleet/bus/feed.ts'
import { writeAdmitted } from '../../src/fleet/controller/admitted.ts'
import { Controller } from '../../src/fleet/controller/controller.ts'
import type { Ground, Moved, ToldEvent } from '../../src/fleet/controller/ground.ts'
import type { FactDisk } from '../../src/fleet/fact-file.ts'
import { readFacts } from '../../src/fleet/fact-file.ts'
import { type HostReport, signReport } from '../../src/fleet/report.ts'
import { hear } from '../../src/fleet/roster.ts'
import type { ChannelOffer } from '../../src/fleet/world.ts'
import type { SetName } from '../../src/set-name.ts'
import type { FleetCard } from '../../src/source/liveupdate/fleet-card.ts'
import { a, b, policy, report, ring } from './world.ts'

const keys = new Map(['canary-1', 'canary-2', 'broad-1'].map((name) => [name, makeHostKey()] as const))

/** A disk that may die at its nth write, before or after it was done. */
function disk(dies: { at: number; after: boolean } | null = null): FactDisk {
  let writes = 0
  const write = async (work: () => Promise<unknown>) => {
    writes += 1
    if (writes === dies?.at && !dies.after) throw new Error('killed')
    await work()
    if (writes === dies?.at) throw new Error('killed')
  }
  return {
    read: (path) => readFile(path, 'utf8').catch(() => null),
    append: (path, text) => write(() => appendFile(path, text)),
    replace: (path, text) =>
      write(() => writeFile(path, typeof text === 'string' ? text : [...text].join(''))),
    async mark(path) {
      const found = await stat(path, { bigint: true }).catch(() => null)
      return found ? `${found.ino}-${found.size}-${found.mtimeNs}` : 'none'
    },
  }
}

/** A tree and a place for reports in memory; facts in real files. */
class Site {
  readonly folder = mkdtempSync(join(tmpdir(), 'defs-fleet-'))
  readonly channels = new Map<string, ChannelOffer>([
    ['canary', { set: a, statement: 1, withdrawn: [] }],
    ['broad', { set: a, statement: 1, withdrawn: [] }],
  ])
  readonly events: ToldEvent[] = []
  readonly moves: string[] = []
  readonly inbox: RawReport[] = []
  intake: SetName[] = [a]
  releases: SetName[] = [a]
  card: FleetCard | null = null
  now = new Date('2026-11-22T06:00:00Z')
  feed: FeedState = { kind: 'none', state: 'up', since: this.now.toISOString(), reason: null }
  private readonly seqs = new Map<string, number>()
  private readonly newest = new Map<string, RawReport>()

  get paths(): Ground['paths'] {
    const at = (name: string) => join(this.folder, name)
    return {
      folder: this.folder,
      log: at('facts.jsonl'),
      snapshot: at('facts.json'),
      hosts: at('hosts.json'),
      heard: at('heard.json'),
      ages: at('ages.json'),
      record: at('controller.json'),
    }
  }

  ground(own = disk()): Ground {
    // Both kinds of place tell the newest report of each host again to a controller that starts.
    this.inbox.splice(0, this.inbox.length, ...this.newest.values())
    return {
      policy: policy([ring('canary', { soak: 0, minimum: 2, coverage: 100 }), ring('broad', { soak: 0 })]),
      paths: this.paths,
      disk: own,
      feed: {
        take: async () => this.inbox.splice(0),
        state: () => this.feed,
        wait: async () => undefined,
        announce: async () => undefined,
        close: async () => undefined,
      },
      tree: {
        read: async () => ({
          card: this.card,
          visible: true,
          timestamp: { version: 1, text: '' },
          until: new Date('2030-01-01T00:00:00Z'),
          view: {
            channels: this.channels,
            intake: this.intake,
            releases: this.releases.map((set) => ({ set, sequence: null })),
            fresh: true,
          },
        }),
        open: async (channel, set) => {
          const before = this.channels.get(channel)
          if (before?.set !== set) this.moves.push(`${channel} ${set}`)
          const statement = (before?.statement ?? 0) + 1
          this.channels.set(channel, { set, statement, withdrawn: before?.withdrawn ?? [] })
          return statement
        },
        withdraw: async (sets, channels, back) => {
          const moved: Moved[] = []
          for (const channel of channels) {
            const before = this.channels.get(channel)
            if (!before) continue
            const to = back.get(channel) ?? before.set
            if (to !== before.set) this.moves.push(`${channel} ${to}`)
            const withdrawn = [...new Set([...before.withdrawn, ...sets])]
            this.channels.set(channel, { set: to, statement: before.statement + 1, withdrawn })
            moved.push({ channel, from: before.set, to, statement: before.statement + 1 })
          }
          return moved
        },
        putCard: async (card) => {
          this.card = card
        },
        renew: async () => undefined,
        keep: async () => undefined,
      },
      now: () => this.now,
      locked: (work) => work(),
      tell: (name, facts) => this.events.push({ name, time: this.now.toISOString(), ...facts }),
      told: async (since) => this.events.filter(({ time }) => time >= since.toISOString()),
      note: () => undefined,
    }
  }

  async admitAll(but?: string): Promise<void> {
    const at = this.now.toISOString()
    const admitted = [...keys].filter(([name]) => name !== but)
    const hosts = admitted.map(([name, key]) => [name, { key: publicNkey(key), labels: {}, at }] as const)
    await writeAdmitted(join(this.folder, 'hosts.json'), new Map(hosts), disk())
  }

  says(host: string, more: Partial<HostReport>, key = keys.get(host)): void {
    const seq = (this.seqs.get(host) ?? 0) + 1
    this.seqs.set(host, seq)
    const signed = signReport(report(host, { seq, ...more }), key ?? makeHostKey())
    const raw = { name: host, bytes: Buffer.from(JSON.stringify(signed)) }
    this.newest.set(host, raw)
    this.inbox.push(raw)
  }

  proves(host: string, set: SetName): void {
    const candidate = {
      set,
      outcome: 'in-use',
      exitCode: 0,
      error: null,
      at: this.now.toISOString(),
    } as const
    this.says(host, { phase: 'done', current: set, inUse: set, candidate })
  }

  refuses(host: string, set: SetName, had: SetName): void {
    const at = this.now.toISOString()
    const candidate = { set, outcome: 'refused', exitCode: 7, error: 'GATE_REFUSED', at } as const
    this.says(host, { phase: 'done', current: had, inUse: had, candidate })
  }

  names(): string[] {
    return this.events.map(({ name, ring: where }) => [name, where].filter(Boolean).join(' '))
  }
}

let site: Site

beforeEach(async () => {
  site = new Site()
  await site.admitAll()
})
afterEach(() => rmSync(site.folder, { recursive: true, force: true }))

/** A whole rollout: published, taken by the canaries, then by everybody; the controller may be another at each step. */
async function rollout(look: () => Promise<unknown>, bad: boolean): Promise<void> {
  for (const host of keys.keys()) site.proves(host, a)
  await look()
  site.releases = [a, b]
  site.intake = [b, a]
  await look()
  site.proves('canary-1', b)
  await look()
  if (bad) site.refuses('canary-2', b, a)
  else site.proves('canary-2', b)
  await look()
  if (!bad) site.proves('broad-1', b)
  await look()
}

describe('the controller', () => {
  it('rolls out, tells each step once, and writes the card', async () => {
    const controller = new Controller(site.ground())
    await rollout(() => controller.look(), false)
    expect(site.moves).toEqual([`canary ${b}`, `broad ${b}`])
    expect(site.names()).toEqual([
      'rollout.started canary',
      'ring.opened canary',
      'ring.passed canary',
      'ring.opened broad',
      'ring.passed broad',
      'rollout.complete',
    ])
    expect(site.card).toMatchObject({ fleet: 'f1', number: 1, barred: [] })
  })

  it('halts by itself, and says who failed and how', async () => {
    const controller = new Controller(site.ground())
    await rollout(() => controller.look(), true)
    expect(site.moves).toEqual([`canary ${b}`, `canary ${a}`])
    expect(site.events.at(-1)).toMatchObject({ name: 'rollout.halted', set: b, ring: 'canary' })
    expect(site.events.at(-1)?.reason).toContain('canary-2 (refused)')
    expect([...site.channels.values()].map(({ withdrawn }) => withdrawn)).toEqual([[b], [b]])
    expect(site.card).toMatchObject({ number: 2, barred: [{ set: b }] })
  })

  it('comes to the same end when it dies at any write of a fact, and opens no ring twice', async () => {
    for (const bad of [false, true]) {
      for (let at = 1; at < 12; at++) {
        for (const after of [false, true]) {
          site = new Site()
          await site.admitAll()
          let controller = new Controller(site.ground(disk({ at, after })))
          const look = async () => {
            await controller.look().catch(async () => {
              controller = new Controller(site.ground())
              await controller.look()
            })
          }
          await rollout(look, bad)
          const where = `${bad ? 'bad' : 'good'} set, ${after ? 'after' : 'before'} write ${at}`
          const expected = bad ? [`canary ${b}`, `canary ${a}`] : [`canary ${b}`, `broad ${b}`]
          expect([where, site.moves]).toEqual([where, expected])
          const { log, snapshot } = site.paths
          const facts = await readFacts({ log, snapshot }, disk())
          const opened = facts.flatMap((fact) => (fact.fact === 'opened' ? [`${fact.ring} ${fact.set}`] : []))
          expect([where, new Set(opened).size]).toEqual([where, opened.length])
          const told = site.names().filter((name) => !name.startsWith('host.'))
          expect([where, [...new Set(told)].sort()]).toEqual([where, told.sort()])
          expect([where, told]).toEqual([
            where,
            expect.arrayContaining(bad ? ['rollout.halted canary'] : ['rollout.complete']),
          ])
          rmSync(site.folder, { recursive: true, force: true })
        }
      }
    }
  })

  it('believes no report that is not signed with the key the host was admitted with, and tells once', async () => {
    const controller = new Controller(site.ground())
    await rollout(() => controller.look(), false)
    site.events.length = 0
    const stranger = makeHostKey()
    for (let one = 0; one < 50; one++) {
      site.says('canary-1', { current: a, inUse: a, candidate: null }, stranger)
      await controller.look()
    }
    expect(site.names()).toEqual(['report.forged'])
    const { world } = await controller.look()
    expect(world.hosts.find(({ name }) => name === 'canary-1')?.heard?.report.current).toBe(b)
  })

  it('takes nothing for the word of a host that was said under its name before it was admitted', async () => {
    await site.admitAll('canary-2')
    const controller = new Controller(site.ground())
    for (const host of ['canary-1', 'broad-1']) site.proves(host, a)
    const at = site.now.toISOString()
    const candidate = { set: b, outcome: 'in-use', exitCode: 0, error: null, at } as const
    site.says('canary-2', { phase: 'done', current: b, inUse: b, candidate }, makeHostKey())
    await controller.look()
    site.releases = [a, b]
    site.intake = [b, a]
    await site.admitAll()
    await controller.look()
    site.proves('canary-1', b)
    const { world } = await controller.look()
    expect(site.moves).toEqual([`canary ${b}`])
    expect(world.hosts.find(({ name }) => name === 'canary-2')).toMatchObject({
      heard: null,
      conflict: false,
    })
    site.proves('canary-2', b)
    await controller.look()
    expect(site.moves).toEqual([`canary ${b}`, `broad ${b}`])
  })

  it('begins the time for which a host is well with the first word of its own key', () => {
    const said = (seq: number) => report('canary-2', { seq, current: b, inUse: b })
    const { heard: before } = hear(null, { report: said(1), key: 'of a stranger' }, 1000)
    const { heard, hearing } = hear(before, { report: said(1), key: 'of the host' }, 9000)
    expect([hearing, heard.goodSince?.at]).toEqual(['news', 9000])
    expect(hear(heard, { report: said(2), key: 'of the host' }, 9500).heard.goodSince?.at).toBe(9000)
  })

  it('lists two machines that share a key, and takes no report whose number went back', async () => {
    const controller = new Controller(site.ground())
    await rollout(() => controller.look(), false)
    site.says('clone', { current: a, inUse: a }, keys.get('canary-1'))
    const { world } = await controller.look()
    expect(world.hosts.filter(({ conflict }) => conflict).map(({ name }) => name)).toEqual([
      'canary-1',
      'clone',
    ])
    expect(site.names().at(-1)).toBe('report.forged')
    const old = signReport(
      report('broad-1', { seq: 1, current: a, inUse: a }),
      keys.get('broad-1') ?? makeHostKey(),
    )
    site.inbox.push({ name: 'broad-1', bytes: Buffer.from(JSON.stringify(old)) })
    const after = await controller.look()
    expect(after.world.hosts.find(({ name }) => name === 'broad-1')?.heard?.report.current).toBe(b)
    expect(after.world.hosts.find(({ name }) => name === 'broad-1')?.conflict).toBe(true)
  })

  it('moves nothing forward while reports cannot be heard, and says so', async () => {
    const controller = new Controller(site.ground())
    for (const host of keys.keys()) site.proves(host, a)
    await controller.look()
    site.feed = { kind: 'none', state: 'away', since: site.now.toISOString(), reason: 'gone' }
    site.releases = [a, b]
    site.intake = [b, a]
    await controller.look()
    expect([site.moves, site.names()]).toEqual([[], ['bus.away']])
    site.feed = { ...site.feed, state: 'up' }
    await controller.look()
    expect(site.moves).toEqual([`canary ${b}`])
    expect(site.names()).toEqual(['bus.away', 'bus.back', 'rollout.started canary', 'ring.opened canary'])
  })

  it('keeps a torn line from hiding the facts behind it', async () => {
    const { log, snapshot } = site.paths
    const controller = new Controller(site.ground())
    await controller.look()
    await appendFile(log, '{"fact":"opened","ring":"canary","se')
    site.releases = [a, b]
    site.intake = [b, a]
    for (const host of keys.keys()) site.proves(host, a)
    await new Controller(site.ground()).look()
    const facts = await readFacts({ log, snapshot }, disk())
    expect(facts.map(({ fact, n }) => [n, fact]).at(-1)).toEqual([4, 'opened'])
    expect(readFileSync(log, 'utf8').split('\n').length).toBe(6)
  })
})
