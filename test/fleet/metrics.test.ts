import { describe, expect, it } from 'vitest'
import { hostStates } from '../../src/fleet/judge.ts'
import { fleetMetrics } from '../../src/fleet/metrics.ts'
import { fleetStatus } from '../../src/fleet/view.ts'
import { expose } from '../../src/report/exposition.ts'
import { a, b, Fleet, policy, ring } from './world.ts'

const around = {
  card: { number: 1, inTree: true, onBus: null },
  controller: { running: true, pid: 1, since: '2026-11-22T06:00:00.000Z' },
  feed: { kind: 'none', state: 'up', since: '2026-11-22T06:00:00.000Z' },
  treeReadable: true,
} as const

function told(fleet: Fleet): string[] {
  return expose(fleetMetrics(fleet.world(), fleetStatus(fleet.world(), around))).split('\n')
}

describe('the metrics of a fleet', () => {
  it('count hosts by ring and state from 0 on, halts, and how old reports are', () => {
    const fleet = new Fleet(policy([ring('canary'), ring('broad')]), ['canary-1', 'canary-2', 'broad-1'])
    for (const set of [a, b]) fleet.publish(set)
    fleet.offer('canary', a)
    fleet.offer('broad', a)
    fleet.settle()
    fleet.proves('canary-1', a)
    fleet.later(20)
    const lines = told(fleet)
    expect(lines.filter((line) => line.startsWith('defs_fleet_hosts{'))).toHaveLength(3 * hostStates.length)
    expect(lines).toContain('defs_fleet_hosts{fleet="f1",ring="canary",state="refused"} 0')
    expect(lines).toContain('# TYPE defs_fleet_report_age_seconds histogram')
    expect(lines).toContain('defs_fleet_report_age_seconds_bucket{fleet="f1",le="900"} 0')
    expect(lines).toContain('defs_fleet_report_age_seconds_bucket{fleet="f1",le="1800"} 1')
    expect(lines).toContain('defs_fleet_report_age_seconds_sum{fleet="f1"} 1200')
    expect(lines).toContain('defs_fleet_report_age_seconds_count{fleet="f1"} 1')
    expect(lines).toContain('defs_fleet_halts_total{fleet="f1"} 0')
    const evidence = { host: 'canary-2', ring: 'canary', set: b, exitCode: 7, error: 'GATE_REFUSED' } as const
    fleet.add({ fact: 'failed', class: 'set', outcome: 'refused', ...evidence })
    fleet.add({ fact: 'barred', set: b, by: 'controller', reason: 'refused', how: 'halted', ring: 'canary' })
    expect(told(fleet)).toContain('defs_fleet_halts_total{fleet="f1"} 1')
  })
})
