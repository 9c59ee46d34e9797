import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runTraced } from '../support/fault.ts'
import { eventsOf } from '../support/look.ts'
import { type FleetSite, openFleetSite } from './fleet-site.ts'

const [first, second, third] = ['20261120.001', '20261121.001', '20261122.001'] as const
const everyone = ['canary-1', 'web-1'] as const
const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0

// Some forty starts of the program under strace: longer than the usual run of tests may take. DEFS_KILLS=1 asks for it.
describe.skipIf(!canTrace || !process.env['DEFS_KILLS'])('a controller that is killed', () => {
  let site: FleetSite
  let kills = 0

  beforeEach(async () => {
    site = await openFleetSite([
      "{ name: canary, channel: canary, hosts: ['canary-*'], minimum: 1, coverage: 100, soak: 0s, failures: 0, maxAge: 3650d }",
      '{ name: broad, channel: broad, minimum: 1, coverage: 100, soak: 0s, failures: 0, maxAge: 3650d }',
    ])
    await site.defs('fleet', 'init')
    await site.join(...everyone)
    await site.publish(first)
    process.env['DEFS_KEYS_PASSPHRASE'] = 'correct horse'
  }, 60_000)
  afterEach(() => {
    delete process.env['DEFS_KEYS_PASSPHRASE']
    site.close()
  })

  const folder = () => join(site.root, 'tree.state', 'fleet')
  const facts = () =>
    readFileSync(join(folder(), 'facts.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))

  /**
   * Looks until one look comes to its end: the others are killed as a fact goes to the disk. What is killed at its
   * flush has been written, and the next look is killed at the next fact; what is killed at its writing has not, and
   * the next look is let go one fact further.
   */
  async function lookThroughKills(call: 'write' | 'fsync'): Promise<void> {
    for (let tried = 0; tried < 12; tried++) {
      const point = {
        call,
        effect: 'signal=KILL',
        only: 'facts.jsonl',
        when: call === 'write' ? tried + 1 : 1,
      }
      const line = ['fleet', 'run', '--once', '--config', site.publisherConfig()]
      const { injected } = await runTraced(line, point, folder())
      if (!injected) return
      kills += 1
    }
  }

  it.each(['write', 'fsync'] as const)(
    'at every %s of a fact decides the same, and opens no ring twice',
    async (call) => {
      kills = 0
      for (let turn = 0; turn < 2; turn++) {
        await lookThroughKills(call)
        await site.all(everyone)
      }
      await site.publish(second)
      for (let turn = 0; turn < 2; turn++) {
        await lookThroughKills(call)
        await site.all(everyone)
      }
      await lookThroughKills(call)
      expect(everyone.map(site.live)).toEqual([second, second])
      site.settings('canary-1', { refuses: third })
      await site.publish(third)
      await lookThroughKills(call)
      await site.all(everyone)
      await lookThroughKills(call)
      await site.all(everyone)
      expect(everyone.map(site.live)).toEqual([second, second])
      expect(await site.defs('fleet', 'run', '--once')).toMatchObject({ exitCode: 7, state: 'halted' })
      expect(kills).toBeGreaterThan(5)
      const counted = new Map<string, number>()
      for (const { fact, set, ring } of facts())
        if (fact === 'opened' || fact === 'passed' || fact === 'barred') {
          const name = `${fact} ${set} ${ring}`
          counted.set(name, (counted.get(name) ?? 0) + 1)
        }
      expect([...counted].filter(([, times]) => times > 1)).toEqual([])
      const moves = readFileSync(join(site.root, 'tree.state', 'audit.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line.includes('"action":"promoted"'))
        .map((line) => JSON.parse(line))
        .map(({ set, channel }) => `${set} ${channel}`)
      expect(moves.length).toBe(new Set(moves).size)
      const told = eventsOf(join(site.root, 'publisher')).filter(({ id }) => id === 1104)
      expect(told.length).toBe(1)
    },
    400_000,
  )
})
