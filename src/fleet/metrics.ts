import type { Metric } from '../report/exposition.ts'
import { hostStates } from './judge.ts'
import type { HostStatus, RingStatus } from './status.ts'
import { type fleetStatus, hostStatuses } from './view.ts'
import type { World } from './world.ts'

/** Upper ends of the buckets of ages of reports. Seconds: a minute to a week. */
const buckets = [60, 300, 900, 1800, 3600, 10_800, 43_200, 86_400, 604_800]

/**
 * The metrics of a fleet, for the text format of Prometheus; `fleet` stands on every series, and each ring has every
 * state of its hosts from 0 on. Their names are listed in docs/monitoring.md.
 */
export function fleetMetrics(
  world: World,
  { rings }: Pick<ReturnType<typeof fleetStatus>, 'rings'>,
): Metric[] {
  const fleet = world.policy.name
  const hosts = hostStatuses(world)
  const halts = [...world.known.sets.values()].filter(({ barred }) => barred?.how === 'halted').length
  const perRing = (read: (ring: RingStatus) => number | null) =>
    rings.flatMap((ring) => {
      const value = read(ring)
      return value === null ? [] : [{ labels: { fleet, ring: ring.name }, value }]
    })
  return [
    {
      name: 'defs_fleet_hosts',
      help: 'Hosts by ring and state; an empty ring for those that no ring has.',
      samples: ['', ...rings.map(({ name }) => name)].flatMap((ring) =>
        hostStates.map((state) => ({
          labels: { fleet, ring, state },
          value: hosts.filter((host) => (host.ring ?? '') === ring && host.state === state).length,
        })),
      ),
    },
    {
      name: 'defs_fleet_ring_set_age_seconds',
      help: 'Age of the set that a ring offers.',
      samples: perRing(({ ageSeconds }) => ageSeconds),
    },
    {
      name: 'defs_fleet_ring_changed_timestamp_seconds',
      help: 'When a ring was moved last.',
      samples: perRing(({ since }) => (since === null ? null : Date.parse(since) / 1000)),
    },
    {
      name: 'defs_fleet_halts_total',
      help: 'Sets that were halted, of those the fleet still knows.',
      type: 'counter',
      samples: [{ labels: { fleet }, value: halts }],
    },
    reportAges(fleet, hosts, world.now.getTime()),
  ]
}

function reportAges(fleet: string, hosts: readonly HostStatus[], now: number): Metric {
  const ages = hosts.flatMap(({ reportedAt }) =>
    reportedAt === null ? [] : [Math.max(0, (now - Date.parse(reportedAt)) / 1000)],
  )
  const upTo = (end: number) => ages.filter((age) => age <= end).length
  const labels = { fleet }
  return {
    name: 'defs_fleet_report_age_seconds',
    help: 'How long ago each host reported last, by the clock of the controller.',
    type: 'histogram',
    samples: [
      ...buckets.map((end) => ({
        part: '_bucket' as const,
        labels: { fleet, le: String(end) },
        value: upTo(end),
      })),
      { part: '_bucket', labels: { fleet, le: '+Inf' }, value: ages.length },
      { part: '_sum', labels, value: ages.reduce((sum, age) => sum + age, 0) },
      { part: '_count', labels, value: ages.length },
    ],
  }
}
