import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import type { EventFacts } from '../../src/event/event.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import type { Store } from '../../src/hawking/store.ts'
import type { Watch } from '../../src/watch/remind.ts'
import { watchDisks, watchMemory } from '../../src/watch/resources.ts'
import { realContext, storeAt } from '../hawking/world.ts'

let root: string
let store: Store
let now: Date
let told: { name: string; facts: EventFacts }[]
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-resources-'))
  store = storeAt(root)
  now = new Date('2026-11-21T12:00:00Z')
  told = []
  await prepareStore(store, null)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function watch(sinks: readonly unknown[] = []): Watch {
  const config = { events: { outdatedEvery: 6 * 3_600_000, sinks, journal: { enabled: true } } }
  return {
    config: config as unknown as Config,
    context: { ...realContext(), now: () => now },
    store,
    report: (name, facts = {}) => told.push({ name, facts }),
  }
}
const later = (hours: number) => {
  now = new Date(now.getTime() + hours * 3_600_000)
}

it('names every folder on a disk that is nearly full, at once and every six hours', async () => {
  const full = async (path: string) => (path.startsWith(root) ? 0.05 : 0.5)
  await watchDisks(watch([{}]), full)
  expect(told).toMatchObject([{ name: 'disk.low', facts: { object: 'store, state, journal, spool' } }])
  expect(told[0]?.facts.reason).toContain(store.virusDefs)
  later(1)
  await watchDisks(watch([{}]), full)
  expect(told).toHaveLength(1)
  await watchDisks(watch([{}]), async () => 0.05)
  expect(told[1]?.facts.object).toBe('store, state, journal, spool, temporary')
  later(7)
  await watchDisks(watch(), async () => 0.05)
  expect(told).toHaveLength(3)
  await watchDisks(watch(), async () => 0.1)
  await watchDisks(watch(), async () => {
    throw new Error('cannot be asked')
  })
  expect(told).toHaveLength(3)
})

it('tells of memory once, and again when it was well between', async () => {
  const share = (free: number) => () => ({ free, total: 100 })
  await watchMemory(watch(), share(9))
  await watchMemory(watch(), share(5))
  expect(told).toMatchObject([{ name: 'memory.low' }])
  later(6)
  await watchMemory(watch(), share(5))
  expect(told).toHaveLength(2)
  await watchMemory(watch(), share(10))
  await watchMemory(watch(), share(9))
  expect(told).toHaveLength(3)
})
