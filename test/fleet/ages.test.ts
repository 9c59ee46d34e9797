import { describe, expect, it } from 'vitest'
import {
  type AgeSample,
  sampleAges,
  sampleEvery,
  samplesKept,
  thinned,
  withSample,
} from '../../src/fleet/ages.ts'
import { AgeLog } from '../../src/fleet/controller/age-log.ts'
import type { HostStatus } from '../../src/fleet/status.ts'
import { a, Fleet, policy, ring } from './world.ts'

const now = new Date('2026-11-22T06:00:00Z')

function host(name: string, ofRing: string | null, ageSeconds: number | null): HostStatus {
  const nothing = { key: null, why: null, set: null, previous: null, candidate: null, seq: null }
  const more = { reportedAt: null, reason: null, held: false, conflict: false, labels: {} }
  return { host: name, ring: ofRing, state: 'in-use', ageSeconds, ...nothing, ...more }
}

describe('the ages of a fleet', () => {
  it('are percentiles of each ring, of the hosts that have definitions', () => {
    const many = Array.from({ length: 100 }, (_, index) => host(`w-${index}`, 'broad', 100 - index))
    const ages = sampleAges(
      [host('c-1', 'canary', 7), host('c-2', 'canary', null), host('x', null, 9), ...many],
      now,
    )
    expect([...ages]).toEqual([
      ['canary', { at: now.getTime(), hosts: 1, p50: 7, p95: 7, max: 7 }],
      ['broad', { at: now.getTime(), hosts: 100, p50: 50, p95: 95, max: 100 }],
    ])
  })

  it('are kept for a week, and none of the future', () => {
    const sample = (back: number): AgeSample => ({
      at: now.getTime() - back,
      hosts: 1,
      p50: 1,
      p95: 1,
      max: 1,
    })
    const kept = new Map([['canary', [sample(samplesKept + 1), sample(samplesKept), sample(1), sample(-5)]]])
    const ages = withSample(kept, ['canary', 'new'], new Map([['canary', sample(0)]]), now)
    expect([...ages]).toEqual([
      ['canary', [sample(samplesKept), sample(1), sample(0)]],
      ['new', []],
    ])
  })

  it('are thinned to the last one of each step', () => {
    const samples = [0, 10, 59, 60, 130].map((at) => ({ at, hosts: 1, p50: at, p95: at, max: at }))
    expect(thinned(samples, 10, 60).map(({ at }) => at)).toEqual([59, 60, 130])
  })

  it('are written four times an hour, read again after a restart, and never worth a failure', async () => {
    const files = new Map<string, string>([['ages', 'no JSON']])
    let writes = 0
    const disk = {
      read: async (path: string) => files.get(path) ?? null,
      async replace(path: string, text: string | Iterable<string>) {
        writes += 1
        files.set(path, [...text].join(''))
      },
    }
    const paths = { ages: 'ages' }
    const fleet = new Fleet(policy([ring('canary')]), ['canary-1'])
    fleet.proves('canary-1', a)
    let log = new AgeLog({ paths, disk })
    await log.take(fleet.world())
    await log.take(fleet.world())
    expect(writes).toBe(1)
    log = new AgeLog({ paths, disk })
    await log.take(fleet.world())
    expect(writes).toBe(1)
    fleet.later(sampleEvery / 60_000)
    await log.take(fleet.world())
    const { rings } = JSON.parse(files.get('ages') ?? '{}')
    expect(rings.canary).toHaveLength(2)
    expect(rings.canary[1].max - rings.canary[0].max).toBe(sampleEvery / 1000)
  })
})
