import type { Status } from '../../src/report/status.ts'
import { parseSetName } from '../../src/set-name.ts'

const source = {
  kind: 'clamav',
  health: 'failing',
  lastSuccess: '2026-11-21T06:00:00.000Z',
  failingSince: null,
  coolingUntil: '2026-11-21T12:00:00.000Z',
} as const
const set = parseSetName('20261120.003')
/** A status of which every metric has something to tell. */
export const fullStatus: Status = {
  verdict: { state: 'protected', since: '2026-11-21T06:00:00.000Z', reasons: [] },
  current: set,
  previous: null,
  inUse: set,
  grade: 'certified',
  sequence: null,
  databases: [{ name: 'daily', version: 27_823 }],
  ageSeconds: 1,
  stale: false,
  condition: 'current',
  conditionReason: null,
  source: 'main',
  signedBy: null,
  lastAttempt: { at: '2026-11-21T10:00:00.000Z', source: 'main', outcome: 'failed', error: null },
  lastSuccess: '2026-11-21T06:00:00.000Z',
  nextRuns: [],
  holds: [],
  barred: [],
  confirming: null,
  quarantined: 0,
  sets: 3,
  disk: { freeBytes: 1_234_567, free: 0.5 },
  licence: { state: 'valid', ends: '2027-01-01T00:00:00.000Z' },
  licensed: true,
  uptime: null,
  startedAt: null,
  product: { name: 'SMSMSE', version: '6.5.8' },
  version: '0.1.0',
  certificates: [],
  paused: null,
  sources: [
    { ...source, name: 'main' },
    { ...source, name: 'odd "name"\\\n', health: 'good', coolingUntil: null },
  ],
  updates: { runs: { main: { updated: 2 } }, lastDurationMs: 1500 },
}
