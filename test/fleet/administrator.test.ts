import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FleetSite, openFleetSite } from './fleet-site.ts'

const [first, second] = ['20261120.001', '20261121.001'] as const

let site: FleetSite
beforeEach(async () => {
  site = await openFleetSite([
    "{ name: canary, channel: canary, hosts: ['canary-*'], minimum: 1, coverage: 100, soak: 0s, failures: 0, maxAge: 3650d }",
    '{ name: early, channel: early, labels: { site: berlin }, minimum: 1, soak: 0s, maxAge: 3650d }',
    '{ name: broad, channel: broad, minimum: 1, soak: 0s, maxAge: 3650d }',
  ])
})
afterEach(() => site.close())

const look = () => site.defs('fleet', 'run', '--once')

/** What a person reads, as one text. */
async function read(config: string, ...args: string[]): Promise<string> {
  const env = { DEFS_KEYS_PASSPHRASE: 'correct horse' }
  const { stdout, stderr } = await site.bench.run([...args, '--config', config], { env })
  return `${stdout}${stderr}`
}
const status = () => read(site.publisherConfig(), 'fleet', 'status')

describe('an administrator who begins with a fleet', () => {
  it('is told at each step what is missing and what to do', async () => {
    // Nothing is signed, so nothing is steady.
    expect(await site.defs('fleet', 'status')).toMatchObject({
      exitCode: 3,
      state: 'blind',
      error: { code: 'SOURCE_UNREACHABLE' },
    })
    expect(await status()).toMatch(/nothing is signed in the tree yet: 'defs fleet init' begins/)
    const { join: given } = await site.defs('fleet', 'init')
    const text = readFileSync(given, 'utf8')
    for (const what of ['hosts', 'reports'])
      expect(text).toMatch(new RegExp(`^# ${what}: where they reach `, 'm'))
    const begun = await status()
    expect(begun).toMatch(/no host is admitted: 'defs fleet join' there prints the line to type here/)
    expect(begun).toMatch(/no controller runs, nothing moves by itself: 'defs fleet run'/)
    expect(begun).not.toContain('would see a fault')
    for (const [option, name, known] of [
      ['--ring', 'canery', 'canary, early, broad'],
      ['--state', 'helt', 'unknown, pending, taking'],
    ] as const) {
      const { exitCode, error } = await site.defs('fleet', 'hosts', option, name)
      expect([exitCode, error?.message]).toEqual([
        2,
        expect.stringContaining(`'${name}' (there are: ${known}`),
      ])
    }

    const alone = await read(site.configOf('web-1'), 'update')
    expect(alone).toMatch(/this host has not joined its fleet: 'defs fleet join' makes its key/)
    expect(alone).toMatch(/the ring broad offers no set yet: .*broad/)
    await site.join('canary-1')
    await site.publish(first)
    await look()
    await site.host('canary-1', 'update')
    const shown = await read(site.configOf('canary-1'), 'status')
    expect(shown).toMatch(/fleet +f1: canary-1 in canary \(glob\), told .* by update/)
  }, 60_000)

  it('types the labels of a host with its admission, so that its ring is known before it reports', async () => {
    await site.defs('fleet', 'init')
    site.settings('b-1', { labels: "{ site: berlin, rack: 'row 4' }" })
    const { host, key, admit } = await site.host('b-1', 'fleet', 'join')
    expect(admit).toBe(`defs fleet admit b-1 ${key} --label site=berlin 'rack=row 4'`)
    await site.defs('fleet', 'admit', host, key, '--label', 'site=berlin', 'rack=row 4')
    expect((await site.defs('fleet', 'hosts')).hosts).toMatchObject([
      { host: 'b-1', ring: 'early', why: 'label', labels: { site: 'berlin', rack: 'row 4' } },
    ])
  }, 60_000)

  it('is kept from emptying the tree by a controller that was moved without the folder beside it', async () => {
    await site.defs('fleet', 'init')
    await site.join('canary-1')
    await site.publish(first)
    await look()
    await site.host('canary-1', 'update')
    expect(site.live('canary-1')).toBe(first)
    await site.publish(second)
    const state = `${site.tree}.state`
    cpSync(state, join(site.root, 'copy'), { recursive: true })
    rmSync(state, { recursive: true })
    const before = readFileSync(join(site.tree, 'metadata', 'timestamp.json'), 'utf8')
    const { exitCode, error } = await site.defs('publish', '--renew')
    expect([exitCode, error?.code]).toEqual([6, 'STORE_IO'])
    expect(error.message).toContain(`${site.tree} offers canary, intake: put ${state} back from a copy`)
    await look()
    expect(readFileSync(join(site.tree, 'metadata', 'timestamp.json'), 'utf8')).toBe(before)
    rmSync(state, { recursive: true })
    cpSync(join(site.root, 'copy'), state, { recursive: true })
    expect(await look()).toMatchObject({ exitCode: 100, rings: [{ set: second }, {}, {}] })
    expect(await site.host('canary-1', 'update')).toMatchObject({ exitCode: 0, current: second })
  }, 60_000)
})
