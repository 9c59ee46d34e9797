import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeHostKey, publicNkey } from '../../src/bus/nkey.ts'
import { type HostReport, signReport } from '../../src/fleet/report.ts'
import { parseSetName, type SetName } from '../../src/set-name.ts'
import { type FleetSite, openFleetSite } from '../fleet/fleet-site.ts'
import { addUser, freePort, type LiveConsole, rowsIn, shownIn, startLive } from '../support/live-console.ts'
import { eventsOf } from '../support/look.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as the contract describes it
type Any = any

const [first, second, third] = ['20261120.001', '20261121.001', '20261122.001'].map(parseSetName) as [
  SetName,
  SetName,
  SetName,
]
const canaries = ['canary-1', 'canary-2', 'canary-3']
const others = ['web-1', 'web-2', 'web-3', 'web-4']
const passphrase = { DEFS_KEYS_PASSPHRASE: 'correct horse' }

let site: FleetSite
let config: string
let port: number
let live: LiveConsole | null
const keys = new Map([...canaries, ...others].map((host) => [host, makeHostKey()]))
const numbers = new Map<string, number>()

beforeEach(async () => {
  live = null
  port = await freePort()
  site = await openFleetSite([
    "{ name: canary, channel: canary, hosts: ['canary-*'], minimum: 2, coverage: 60, soak: 0s, failures: 1, maxAge: 3650d }",
    "{ name: broad, channel: broad, hosts: ['web-*'], minimum: 2, coverage: 50, soak: 0s, failures: 2, approve: true, maxAge: 3650d }",
  ])
  expect(await site.defs('fleet', 'init')).toMatchObject({ exitCode: 0 })
  for (const [host, key] of keys)
    expect(await site.defs('fleet', 'admit', host, publicNkey(key))).toMatchObject({ exitCode: 0 })
  config = join(site.root, 'console.yaml')
  const console_ = `console: { listen: '127.0.0.1:${port}', users: '${site.root}/users' }\n`
  writeFileSync(config, `${readFileSync(site.publisherConfig(), 'utf8')}\n${console_}`)
  for (const [user, role] of [
    ['vera', 'viewer'],
    ['otto', 'operator'],
    ['ines', 'approver'],
  ] as const)
    addUser(config, user, role)
})
afterEach(async () => {
  await live?.stop()
  site.close()
})

const look = () => site.defs('fleet', 'run', '--once')
const approve = (set: string) => site.defs('fleet', 'approve', 'broad', set, '--reason', 'a look')

/** A host says how it stands, with a signature as real hosts make it. */
function says(host: string, more: Partial<HostReport>): void {
  const seq = (numbers.get(host) ?? 0) + 1
  numbers.set(host, seq)
  const key = keys.get(host)
  if (!key) throw new Error(host)
  const report: HostReport = {
    schema: 1,
    fleet: 'f1',
    host,
    ring: host.startsWith('canary') ? 'canary' : 'broad',
    why: 'glob',
    seq,
    at: new Date().toISOString(),
    phase: 'done',
    current: null,
    previous: null,
    inUse: null,
    grade: 'certified',
    ageSeconds: 60,
    statement: null,
    candidate: null,
    lastAttempt: null,
    holds: [],
    barred: [],
    licence: { state: 'unlicensed' },
    labels: { site: '<b>berlin</b>' },
    defs: '0.1.0',
    scanner: { kind: 'none', version: null },
    disk: { freeBytes: 1 },
    every: 900,
    confirms: false,
    ...more,
  }
  writeFileSync(join(site.reports, `${host}.json`), JSON.stringify(signReport(report, key)))
}

type Bad = 'refused' | 'rolled-back' | 'failed' | 'environment'

const at = () => new Date().toISOString()
const uses = (host: string, set: SetName, previous: SetName | null = null) =>
  says(host, {
    current: set,
    previous,
    inUse: set,
    candidate: { set, outcome: 'in-use', exitCode: 0, error: null, at: at() },
  })
const fails = (host: string, set: SetName, had: SetName, outcome: Bad, exitCode: number, error: string) =>
  says(host, {
    current: had,
    inUse: had,
    candidate: { set, outcome, exitCode, error, at: at() },
  })

/** One set is everywhere, the next was halted, and the third has passed the canaries and waits for a person. */
async function history(): Promise<void> {
  await site.publish(first)
  await look()
  for (const host of canaries) uses(host, first)
  await look()
  await approve(first)
  await look()
  for (const host of others) uses(host, first)
  expect(await look()).toMatchObject({ state: 'steady' })
  await site.publish(second)
  await look()
  fails('canary-1', second, first, 'refused', 7, 'GATE_REFUSED')
  fails('canary-2', second, first, 'rolled-back', 8, 'CONFIRM_FAILED')
  uses('canary-3', second, first)
  await look()
  expect(await look()).toMatchObject({ state: 'halted' })
  for (const host of canaries) uses(host, first, second)
  await site.publish(third)
  await look()
  for (const host of canaries) uses(host, third, first)
  fails('web-1', third, first, 'environment', 6, 'STORE_FULL')
  says('web-2', { current: first, inUse: first, holds: [first] })
  expect(await look()).toMatchObject({ state: 'waiting' })
}

const text = (value: unknown) => (value === null || value === undefined ? '' : String(value))
const section = (page: string, ring: string) =>
  new RegExp(`<section[^>]*data-ring="${ring}"[^>]*>([\\s\\S]*?)</section>`).exec(page)?.[1] ?? ''

describe('the console of a real fleet', () => {
  it('shows every ring, host and rollout as --json has it; who may approve, halt and take back does', async () => {
    await history()
    const run = ['fleet', 'run', '--config', config]
    live = await startLive(run, port, 'ines', passphrase)
    const browser = live
    await new Promise((resolve) => setTimeout(resolve, 1500))

    const page = (await browser.page('/fleet')).text
    const status = await site.defs('fleet', 'status')
    expect(shownIn(page, 'fleet')).toEqual(['f1'])
    expect(shownIn(page, 'state')[0]).toBe('waiting')
    expect(shownIn(page, 'hosts')[0]).toBe('7')
    expect(shownIn(page, 'card.inTree')).toEqual(['true'])
    expect(shownIn(page, 'controller.running')).toEqual(['true'])
    expect(shownIn(page, 'barred')).toEqual([second])
    expect(shownIn(page, `barred.${second}.reason`)).toEqual([status.barred[0].reason])
    for (const ring of status.rings) {
      const own = section(page, ring.name)
      for (const [key, value] of Object.entries(ring)) {
        if (key === 'ageSeconds') expect(shownIn(own, key)).toHaveLength(1)
        else if (key !== 'counts')
          expect([ring.name, key, shownIn(own, key)]).toEqual([ring.name, key, [text(value)]])
      }
      for (const [state, count] of Object.entries(ring.counts))
        expect([state, shownIn(own, `counts.${state}`)]).toEqual([state, [String(count)]])
    }
    const { hosts } = await site.defs('fleet', 'hosts')
    const cells = [...page.matchAll(/<a data-host="([^"]+)"/g)].map((match) => match[1])
    expect(cells.toSorted()).toEqual(hosts.map(({ host }: Any) => host).toSorted())
    expect(rowsIn(page, 'data-ages').map(([name]) => name)).toEqual(['canary', 'broad'])

    const list = rowsIn((await browser.page('/fleet/hosts')).text, 'data-host')
    expect(list).toHaveLength(hosts.length)
    for (const [name, row] of list) {
      const host = hosts.find((one: Any) => one.host === name)
      for (const key of ['host', 'ring', 'why', 'state', 'set', 'reportedAt', 'reason', 'held', 'conflict'])
        expect([name, key, shownIn(row, key)]).toEqual([name, key, [text(host[key])]])
    }
    const one = await browser.page('/fleet/hosts/web-1')
    expect(shownIn(one.text, 'candidate.error')).toEqual(['STORE_FULL'])
    expect(one.text).toContain('site=&lt;b&gt;berlin&lt;/b&gt;')

    const rollout = (await browser.page(`/fleet/rollouts/${second}`)).text
    const show = await site.defs('fleet', 'show', second)
    for (const key of ['set', 'state', 'grade', 'publishedAt', 'publishedBy'])
      expect([key, shownIn(rollout, key)]).toEqual([key, [text(show[key])]])
    for (const key of ['reason', 'since', 'by'])
      expect(shownIn(rollout, `barred.${key}`)).toEqual([show.barred[key]])
    for (const { ring, ...facts } of show.rings)
      for (const [key, value] of Object.entries(facts))
        expect([ring, key, shownIn(rollout, `rings.${ring}.${key}`)]).toEqual([ring, key, [text(value)]])
    expect(show.evidence).toHaveLength(2)
    for (const { host, ...facts } of show.evidence)
      for (const [key, value] of Object.entries(facts))
        expect([host, key, shownIn(rollout, `evidence.${host}.${key}`)]).toEqual([host, key, [text(value)]])
    // What is barred already is neither halted nor gone back to.
    expect(rollout).not.toMatch(/data-action="(halt|fleet-rollback|approve)"/)
    expect(rowsIn((await browser.page('/publish')).text, 'data-channel').map(([name]) => name)).toContain(
      'canary',
    )

    // The set that waits is approved on its own page, no other one.
    expect((await browser.page(`/fleet/rollouts/${first}`)).text).not.toContain('data-action="approve"')
    expect((await browser.page(`/fleet/rollouts/${third}`)).text).toContain('data-action="approve"')
    expect((await browser.send('/actions/halt', { set: third })).status).toBe(400)
    const approved = await browser.send('/actions/approve', {
      ring: 'broad',
      set: third,
      reason: 'no <i>alarms</i>',
    })
    expect(approved.status).toBe(303)
    expect((await browser.page('/fleet')).text).toContain(`Approved: ${third} for ring broad`)
    const after = (await browser.page(`/fleet/rollouts/${third}`)).text
    expect(shownIn(after, 'approvals.broad.who')).toEqual(['ines'])
    expect(shownIn(after, 'approvals.broad.reason')).toEqual(['no <i>alarms</i>'])
    expect((await browser.send('/actions/halt', { set: third, reason: 'case 4711' })).status).toBe(303)
    expect(shownIn((await browser.page('/fleet')).text, 'barred')).toContain(third)
    const told = eventsOf(join(site.root, 'publisher')).filter(({ id }) => id === 1122) as Any[]
    expect(told.map(({ user, reason }) => [user, reason])).toEqual([
      ['ines', 'no <i>alarms</i>'],
      ['ines', 'case 4711'],
    ])
    // Somebody killed the controller: its console comes back with the same logins, and the stream without a gap.
    const headers = { cookie: browser.cookie }
    const api = (path: string) => fetch(`${browser.url}/api/v1${path}`, { headers })
    const { next }: Any = await (await api('/events')).json()
    await browser.kill()
    live = await startLive(run, port, 'otto', passphrase)
    expect((await api('/fleet')).status).toBe(200)
    const missed: Any = await (await api(`/events?after=${next}`)).json()
    expect(missed.events.every(({ offset }: Any) => offset > next)).toBe(true)
    expect(missed.events.map(({ id }: Any) => id)).toContain(1120)

    // An operator pauses; what reaches every host wants an approver.
    expect((await live.page('/fleet')).text).not.toMatch(/data-action="(approve|halt|fleet-rollback)"/)
    for (const action of ['approve', 'halt', 'fleet-rollback'])
      expect(
        (await live.send(`/actions/${action}`, { ring: 'broad', set: first, reason: 'a try' })).status,
      ).toBe(403)
    expect((await live.send('/actions/pause', { ring: 'broad', reason: 'a freeze' })).status).toBe(303)
    expect((await live.page('/fleet')).text).toContain('Paused: ring broad')
    const ages: Any = await (await api('/fleet/age?step=1h')).json()
    expect(ages.rings.map(({ name, hosts: many }: Any) => [name, many])).toEqual([
      ['canary', 3],
      ['broad', 4],
    ])
    expect(ages.rings[0].points.length).toBeGreaterThan(0)
    expect((await api('/fleet/age?step=x')).status).toBe(400)
  }, 180_000)
})
