import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runTraced } from '../support/fault.ts'
import { type FleetSite, openFleetSite } from './fleet-site.ts'

const [first, second, third] = ['20261120.001', '20261121.001', '20261122.001'] as const
const everyone = ['canary-1', 'web-1'] as const
const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0

describe.skipIf(!canTrace)('a controller that is killed', () => {
  let site: FleetSite
  let kills = 0

  beforeEach(async () => {
    kills = 0
    site = await openFleetSite([
      "{ name: canary, channel: canary, hosts: ['canary-*'], minimum: 1, coverage: 100, soak: 0s, failures: 0, maxAge: 3650d }",
      '{ name: broad, channel: broad, minimum: 1, coverage: 100, soak: 0s, failures: 0, maxAge: 3650d }',
    ])
    await site.defs('fleet', 'init')
    await site.join(...everyone)
    process.env['DEFS_KEYS_PASSPHRASE'] = 'correct horse'
  }, 60_000)
  afterEach(() => {
    delete process.env['DEFS_KEYS_PASSPHRASE']
    site.close()
  })

  const folder = () => join(site.root, 'tree.state', 'fleet')
  const linesOf = (...path: string[]) =>
    readFileSync(join(site.root, ...path), 'utf8')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))

  /**
   * Looks until one look comes to its end. The others are killed with SIGKILL: one as it is about to write a fact, which
   * is not there then; the next one as it is about to flush that fact, which is there, but not what follows from it.
   */
  async function lookThroughKills(): Promise<void> {
    for (let tried = 0; tried < 24; tried++) {
      const call = tried % 2 === 0 ? 'write' : 'fsync'
      const point = { call, effect: 'signal=KILL', only: 'facts.jsonl', when: 1 }
      const line = ['fleet', 'run', '--once', '--config', site.publisherConfig()]
      const { injected } = await runTraced(line, point, folder())
      if (!injected) return
      kills += 1
    }
    throw new Error('it never comes to rest')
  }

  it('at every write and every flush of a fact decides the same, opens no ring twice and tells each step once', async () => {
    await site.publish(first)
    for (let step = 0; step < 3; step++) {
      await site.defs('fleet', 'run', '--once')
      await site.all(everyone)
    }
    await site.publish(second)
    for (let step = 0; step < 2; step++) {
      await lookThroughKills()
      await site.all(everyone)
    }
    await lookThroughKills()
    expect(everyone.map(site.live)).toEqual([second, second])
    site.settings('canary-1', { refuses: third })
    await site.publish(third)
    for (let step = 0; step < 2; step++) {
      await lookThroughKills()
      await site.all(everyone)
    }
    expect(everyone.map(site.live)).toEqual([second, second])
    expect(await site.defs('fleet', 'run', '--once')).toMatchObject({ exitCode: 7, state: 'halted' })

    const decided = linesOf('tree.state', 'fleet', 'facts.jsonl')
      .filter(({ set }) => set === second || set === third)
      .map(({ fact, set, ring }) => `${fact} ${set} ${ring ?? ''}`.trim())
    expect(decided.toSorted()).toEqual(
      [
        `opened ${second} canary`,
        `passed ${second} canary`,
        `opened ${second} broad`,
        `passed ${second} broad`,
        `complete ${second}`,
        `opened ${third} canary`,
        `failed ${third} canary`,
        `barred ${third} canary`,
      ].toSorted(),
    )
    // Each of these was killed twice, and the ring that went back as well.
    expect(kills).toBeGreaterThanOrEqual(2 * decided.length)
    const moves = linesOf('tree.state', 'audit.jsonl')
      .filter(({ action }) => action === 'promoted')
      .map(({ set, channel }) => `${set} ${channel}`)
    expect(moves.length).toBe(new Set(moves).size)
    const told = linesOf('publisher', 'state', 'events.jsonl')
      .filter(({ id }) => id >= 1100 && id < 1120)
      .filter(({ set }) => set === second || set === third)
      .map(({ id, set, ring }) => `${id} ${set} ${ring ?? ''}`.trim())
    expect(told.length).toBe(new Set(told).size)
    expect(told).toEqual(
      expect.arrayContaining([`1102 ${second} canary`, `1103 ${second}`, `1104 ${third} canary`]),
    )
  }, 400_000)
})
