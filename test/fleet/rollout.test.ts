import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startDefs } from '../support/run-defs.ts'
import { type FleetSite, openFleetSite } from './fleet-site.ts'

const [first, second, third] = ['20261120.001', '20261121.001', '20261122.001'] as const
const canaries = ['canary-1', 'canary-2'] as const
const broad = ['web-1', 'web-2', 'web-3'] as const
const everyone = [...canaries, ...broad]

let site: FleetSite

beforeEach(async () => {
  site = await openFleetSite([
    "{ name: canary, channel: canary, hosts: ['canary-*'], minimum: 2, coverage: 100, soak: 0s, failures: 0, patience: 1s, maxAge: 3650d }",
    '{ name: broad, channel: broad, minimum: 2, coverage: 60, soak: 0s, failures: 0, maxAge: 3650d }',
  ])
})
afterEach(() => site.close())

const look = () => site.defs('fleet', 'run', '--once')

/** Brings a set to every ring and host. */
async function rollOut(set: string): Promise<void> {
  await site.publish(set)
  await look()
  expect(await site.all(canaries)).toEqual([0, 0])
  await look()
  expect(await site.all(broad)).toEqual([0, 0, 0])
  expect(await look()).toMatchObject({ exitCode: 0, state: 'steady' })
}

async function begin(): Promise<void> {
  expect(await site.defs('fleet', 'init')).toMatchObject({ exitCode: 0, changed: true, card: 1 })
  expect(await site.defs('fleet', 'init')).toMatchObject({ exitCode: 0, changed: false, card: 1 })
  await site.join(...everyone)
  await rollOut(first)
}

describe('a fleet of real hosts', () => {
  beforeEach(begin, 120_000)

  it('gets a good set ring by ring, and nobody earlier than the ring before has proved it', async () => {
    await site.publish(second)
    expect(await look()).toMatchObject({ exitCode: 100, state: 'rolling' })
    expect(await site.all(broad)).toEqual([0, 0, 0])
    expect(broad.map(site.live)).toEqual([first, first, first])
    await site.host('canary-1', 'update')
    expect(await look()).toMatchObject({ exitCode: 100 })
    await site.all(broad)
    expect(broad.map(site.live)).toEqual([first, first, first])
    await site.host('canary-2', 'update')
    expect(await look()).toMatchObject({ exitCode: 100, state: 'rolling' })
    await site.all(broad)
    expect(everyone.map(site.live)).toEqual(everyone.map(() => second))
    expect(await look()).toMatchObject({ exitCode: 0, state: 'steady' })
    expect(await site.defs('fleet', 'status')).toMatchObject({
      exitCode: 0,
      hosts: 5,
      awake: 5,
      rings: [
        { name: 'canary', state: 'passed', set: second, good: 2, failures: 0 },
        { name: 'broad', state: 'passed', set: second, good: 3, failures: 0 },
      ],
    })
    const { fleet } = await site.host('web-1', 'status')
    expect(fleet).toMatchObject({
      name: 'f1',
      host: 'web-1',
      ring: 'broad',
      why: 'share',
      reported: { by: 'update' },
    })
  }, 120_000)

  it('is halted by a gate that refuses, goes back, and says which host and why', async () => {
    site.settings('canary-2', { refuses: second })
    await site.publish(second)
    await look()
    expect(await site.all(canaries)).toEqual([0, 7])
    expect(await look()).toMatchObject({
      exitCode: 7,
      error: { code: 'PUBLISH_REFUSED' },
      state: 'halted',
      barred: [{ set: second }],
    })
    await site.all(everyone)
    expect(everyone.map(site.live)).toEqual(everyone.map(() => first))
    expect(await site.defs('fleet', 'show', second)).toMatchObject({
      state: 'halted',
      evidence: [{ host: 'canary-2', class: 'set', outcome: 'refused', exitCode: 7, error: 'GATE_REFUSED' }],
    })
    expect(site.ids()).toContain(1104)
    // Only the canaries go back; nothing is said of rings that never had it.
    expect(site.ids().filter((id) => id === 1052)).toHaveLength(1)
    // What is mended rides on.
    await rollOut(third)
    expect(everyone.map(site.live)).toEqual(everyone.map(() => third))
  }, 120_000)

  it('is halted by a package that the mirror of the canaries damaged', async () => {
    const mirror = join(site.root, 'mirror')
    await site.publish(second)
    await look()
    cpSync(site.tree, mirror, { recursive: true })
    damagePackages(mirror)
    site.settings('canary-1', { tree: mirror })
    const codes = await site.all(canaries)
    expect([4, 5]).toContain(codes[0])
    expect(codes[1]).toBe(0)
    expect(await look()).toMatchObject({ exitCode: 7, state: 'halted' })
    expect(broad.map(site.live)).toEqual([first, first, first])
  }, 120_000)

  it('goes back by one command: whoever is away when it returns, whoever holds its set stays', async () => {
    await rollOut(second)
    await site.host('web-1', 'hold', second, '--reason', 'an audit')
    const back = await site.defs('fleet', 'rollback', '--reason', 'false alarms')
    expect(back).toMatchObject({ exitCode: 0, from: [second], to: first, held: ['web-1'] })
    for (const name of ['canary-1', 'canary-2', 'web-2']) await site.host(name, 'update')
    expect(everyone.map(site.live)).toEqual([first, first, second, first, second])
    // It was away, and asks whatever source it has.
    await site.host('web-3', 'update')
    await site.host('web-1', 'update')
    expect([site.live('web-3'), site.live('web-1')]).toEqual([first, second])
    expect(await site.defs('fleet', 'hosts', '--state', 'held')).toMatchObject({ total: 1 })
  }, 120_000)

  it('waits for them when it is asked to, and names those who are not back', async () => {
    await rollOut(second)
    const late = await site.defs('fleet', 'rollback', '--reason', 'false alarms', '--wait', '2s')
    expect(late).toMatchObject({ exitCode: 3, to: first, missing: everyone })
    await site.all(everyone.filter((name) => name !== 'web-2'))
    const again = await site.defs('fleet', 'rollback', first, '--reason', 'false alarms', '--wait', '1s')
    expect(again).toMatchObject({ exitCode: 3, from: [], missing: ['web-2'] })
    const waiting = site.defs('fleet', 'rollback', first, '--reason', 'false alarms', '--wait', '60s')
    await site.host('web-2', 'update')
    expect(await waiting).toMatchObject({ exitCode: 0, missing: [] })
  }, 120_000)

  it('goes back though the fallback of a host still offers the set, and whatever runs before', async () => {
    await rollOut(second)
    const vendor = join(site.root, 'vendor')
    cpSync(site.tree, vendor, { recursive: true })
    for (const name of everyone) site.settings(name, { fallback: vendor })
    await site.defs('fleet', 'rollback', '--reason', 'false alarms')
    // Web-3 is switched off meanwhile.
    const there = everyone.filter((name) => name !== 'web-3')
    await site.all(there)
    expect(there.map(site.live)).toEqual(there.map(() => first))
    // The publisher's server fails: each of them asks the vendor's, which has nothing but what was taken back.
    renameSync(site.tree, `${site.tree}.away`)
    for (const name of there) {
      const { exitCode, changed } = await site.host(name, 'update')
      expect([name, exitCode, changed]).toEqual([name, exitCode, false])
    }
    expect(there.map(site.live)).toEqual(there.map(() => first))
    renameSync(`${site.tree}.away`, site.tree)
    await site.all(everyone)
    expect(everyone.map(site.live)).toEqual(everyone.map(() => first))
    expect(await look()).toMatchObject({ state: 'steady' })
  }, 120_000)

  it('is not led astray by the clocks of hosts', async () => {
    const shifted = (days: number) => () => new Date(Date.now() + days * 86_400_000)
    site.settings('canary-1', { now: shifted(2) })
    site.settings('web-2', { now: shifted(-2) })
    await rollOut(second)
    expect(everyone.map(site.live)).toEqual(everyone.map(() => second))
  }, 120_000)

  it('rests in a freeze, but for an urgent set, which the canaries take first', async () => {
    const today = new Date().toISOString().slice(0, 10)
    site.fleet = [
      ...site.fleet,
      `freeze: [{ from: ${today}, to: ${today}, reason: 'year end' }]`,
      'urgent: { soak: 0s }',
    ]
    await site.publish(second)
    expect(await look()).toMatchObject({ exitCode: 100, state: 'frozen' })
    await site.all(canaries)
    expect(canaries.map(site.live)).toEqual([first, first])
    expect(await site.defs('fleet', 'urgent', second, '--reason', 'a worm')).toMatchObject({
      exitCode: 0,
      changed: true,
    })
    await look()
    await site.all(everyone)
    expect(everyone.map(site.live)).toEqual([second, second, first, first, first])
    await look()
    await site.all(broad)
    expect(broad.map(site.live)).toEqual([second, second, second])
  }, 120_000)

  it('starves nobody when sets come faster than a ring is judged', async () => {
    await site.publish(second)
    await look()
    await site.host('canary-1', 'update')
    await site.publish(third)
    // The canaries are in the middle of the one before: what came meanwhile waits.
    expect(await look()).toMatchObject({ rings: [{ set: second, next: third }, { set: first }] })
    await site.host('canary-2', 'update')
    await look()
    await site.all(broad)
    expect(broad.map(site.live)).toEqual([second, second, second])
    await site.all(canaries)
    expect(canaries.map(site.live)).toEqual([third, third])
    await look()
    await site.all(broad)
    expect(broad.map(site.live)).toEqual([third, third, third])
    expect(await look()).toMatchObject({ exitCode: 0, state: 'steady' })
  }, 120_000)

  it('opens nothing while what is signed is past its end and cannot be signed anew; hosts alarm', async () => {
    await site.publish(second)
    const later = new Date(Date.now() + 60 * 86_400_000)
    const timestamp = join(site.root, 'keys', 'online', 'timestamp.pem')
    renameSync(timestamp, `${timestamp}.away`)
    site.now = later
    expect(await look()).toMatchObject({
      exitCode: 5,
      error: { code: 'TRUST_METADATA' },
      rings: [{ set: first }, { set: first }],
    })
    site.settings('web-1', { now: () => later })
    expect(await site.host('web-1', 'update')).toMatchObject({ exitCode: 5, error: { code: 'TRUST_FROZEN' } })
    renameSync(`${timestamp}.away`, timestamp)
    expect(await look()).toMatchObject({ rings: [{ set: second }, {}] })
  }, 120_000)

  it('tells of a key that two machines have, and of whom nobody admitted', async () => {
    cpSync(join(site.root, 'hosts', 'web-1', 'state', 'fleet'), join(site.root, 'clone'), { recursive: true })
    await site.host('web-1', 'hold', first, '--reason', 'one')
    await site.host('web-1', 'unhold', first)
    await look()
    cpSync(join(site.root, 'clone'), join(site.root, 'hosts', 'web-1', 'state', 'fleet'), { recursive: true })
    await site.host('web-1', 'hold', first, '--reason', 'two')
    await look()
    const { hosts } = await site.defs('fleet', 'hosts')
    expect(hosts.filter(({ conflict }: { conflict: boolean }) => conflict)).toMatchObject([{ host: 'web-1' }])
    expect(site.ids()).toContain(1111)
    await site.host('stranger', 'fleet', 'join')
    await site.host('stranger', 'update')
    await look()
    expect((await site.defs('fleet', 'hosts', '--state', 'unknown')).hosts).toMatchObject([
      { host: 'stranger' },
    ])
  }, 120_000)

  it('pauses and goes on, asks for approval, and foretells', async () => {
    expect(await site.defs('fleet', 'pause', 'canary', '--reason', 'moving')).toMatchObject({
      exitCode: 0,
      changed: true,
    })
    await site.publish(second)
    expect(await look()).toMatchObject({ state: 'paused', exitCode: 100 })
    await site.all(canaries)
    expect(canaries.map(site.live)).toEqual([first, first])
    expect(await site.defs('fleet', 'resume', 'canary')).toMatchObject({ changed: true })
    expect(await site.defs('fleet', 'resume', 'canary')).toMatchObject({ changed: false })
    await look()
    await site.host('canary-1', 'update')
    // One canary is away for long: a person decides.
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(await look()).toMatchObject({
      state: 'waiting',
      rings: [{ name: 'canary', waits: 'coverage' }, {}],
    })
    expect(site.ids()).toContain(1105)
    expect(await site.defs('fleet', 'approve', 'canary', second, '--reason', 'seen by hand')).toMatchObject({
      exitCode: 0,
      changed: true,
    })
    await look()
    await site.all(broad)
    expect(broad.map(site.live)).toEqual([second, second, second])
    expect(await site.defs('fleet', 'forecast', '--line', '100')).toMatchObject({
      exitCode: 0,
      rings: [
        { ring: 'canary', hosts: 2 },
        { ring: 'broad', hosts: 3 },
      ],
    })
    expect(await site.defs('fleet', 'doctor')).toMatchObject({
      exitCode: 6,
      findings: [{ code: 'CONTROLLER' }],
    })
    expect(await site.defs('fleet', 'halt', second, '--reason', 'case 4711')).toMatchObject({ changed: true })
    await site.all(everyone)
    expect(everyone.map(site.live)).toEqual(everyone.map(() => first))
  }, 120_000)
})

describe('the controller', () => {
  it('runs once, ends well when it is told to, and shows what happens', async () => {
    await site.defs('fleet', 'init')
    const env = { DEFS_KEYS_PASSPHRASE: 'correct horse' }
    const config = ['--config', site.publisherConfig()]
    const running = startDefs(['fleet', 'run', ...config], { env })
    await expect
      .poll(async () => (await site.defs('fleet', 'status')).controller?.running, { timeout: 20_000 })
      .toBe(true)
    const other = await startDefs(['fleet', 'run', '--json', ...config], { env }).ended
    expect(other).toMatchObject({ code: 10 })
    running.child.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 0 })
    expect(await site.defs('fleet', 'status')).toMatchObject({ controller: { running: false } })
  }, 60_000)
})

/** Flips a byte in the middle of every package of a tree. */
function damagePackages(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.zip') || entry.name.includes('livetri')) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = readFileSync(path)
    const at = bytes.length >> 1
    bytes[at] = (bytes[at] ?? 0) ^ 0xff
    writeFileSync(path, bytes)
  }
}
