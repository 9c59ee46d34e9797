import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ScheduleConfig } from '../../../src/config/config.ts'
import { exportSystemd, onCalendar, type SystemdInstallation } from '../../../src/schedule/export/systemd.ts'
import { nextRuns } from '../../../src/schedule/next-runs.ts'
import { ruleOf } from '../../../src/schedule/rule.ts'
import { entry, example } from '../entry.ts'

const here: SystemdInstallation = {
  program: ['/bin/true'],
  config: '/etc/defs/defs.yaml',
  host: null,
  family: null,
  usual: null,
  timeZone: null,
  writable: ['/var/lib/defs'],
  user: null,
}

const hour = 3_600_000
const schedule = [
  { ...example, source: 'liveupdate' },
  entry({ source: 'rapid', cron: '15 * * * *', jitter: 300_000 }),
  entry({ source: 'rapid', cron: '0 0 13 * fri' }),
]

function linesOf(name: string, entries = schedule, installation = here): string[] {
  const found = exportSystemd(entries, installation).find((file) => file.name === name)
  return found?.text.split('\n') ?? []
}

describe('exportSystemd', () => {
  it('has one service for each source and one timer for each entry', () => {
    expect(exportSystemd(schedule, here).map(({ name, encoding }) => `${name} ${encoding}`)).toEqual([
      'defs-update-liveupdate.service utf8',
      'defs-update-liveupdate.timer utf8',
      'defs-update-rapid.service utf8',
      'defs-update-rapid.timer utf8',
      'defs-update-rapid-2.timer utf8',
    ])
  })

  it('publishes where a line mirrors', () => {
    const mirrors = [...schedule, entry({ source: 'rapid', publish: 'testing', cron: '5 * * * *' })]
    const lines = linesOf('defs-publish-rapid-testing.service', mirrors)
    expect(lines).toContain('Description=Mirror rapid into testing')
    expect(lines).toContain(
      'ExecStart=/bin/true publish --quiet --from rapid --channel testing --config /etc/defs/defs.yaml',
    )
    expect(linesOf('defs-publish-rapid-testing.timer', mirrors)).toContain('OnCalendar=*-*-* *:05:00')
    expect(linesOf('defs-update-rapid.timer', mirrors)).toContain('OnCalendar=*-*-* *:15:00')
  })

  it('writes the example as one event, caught up when missed, without delay', () => {
    const lines = linesOf('defs-update-liveupdate.timer')
    expect(lines).toContain('OnCalendar=Tue,Thu *-*-* 06,10,14,18,22:00:00')
    expect(lines).toContain('Persistent=true')
    expect(lines).toContain('Unit=defs-update-liveupdate.service')
    expect(lines.join()).not.toContain('RandomizedDelaySec')
  })

  it('gives the jitter as a delay that stays the same on one host', () => {
    const lines = linesOf('defs-update-rapid.timer')
    expect(lines).toContain('OnCalendar=*-*-* *:15:00')
    expect(lines).toContain('RandomizedDelaySec=300s')
    expect(lines).toContain('FixedRandomDelay=true')
  })

  it('writes either of two days as two events', () => {
    const events = linesOf('defs-update-rapid-2.timer').filter((line) => line.startsWith('OnCalendar'))
    expect(events).toEqual(['OnCalendar=*-*-13 00:00:00', 'OnCalendar=Fri *-*-* 00:00:00'])
  })

  it('quotes what has a meaning to systemd', () => {
    const odd = { ...here, program: ['/opt/a b/defs'] as const, config: '/etc/%h/$HOME "x"\\', user: 'defs' }
    const lines = linesOf('defs-update-rapid.service', schedule, { ...odd, writable: ['/srv/de fs%'] })
    expect(lines).toContain(
      'ExecStart="/opt/a b/defs" update --quiet --source rapid --scheduled --config "/etc/%%h/$$HOME \\"x\\"\\\\"',
    )
    expect(lines).toContain('ReadWritePaths="/srv/de fs%%"')
    expect(lines).toContain('User=defs')
  })

  it.each([
    ['config', { config: '/etc/x\nExecStartPre=/bin/evil' }],
    ['user', { user: 'a\nb' }],
    ['folder', { writable: ['/a\nb'] }],
  ])('refuses a line break in the %s', (_, parts) => {
    expect(() => exportSystemd(schedule, { ...here, ...parts })).toThrowError(
      expect.objectContaining({ code: 'USAGE_ARGUMENT' }),
    )
  })
})

const analyze = spawnSync('systemd-analyze', [
  'calendar',
  '--iterations=2',
  '--base-time=2026-01-01',
  'daily',
])

describe.skipIf(analyze.status !== 0)('systemd-analyze', () => {
  const from = new Date('2026-02-20T00:00:00Z')

  /** The next moments of all events together, as systemd sees them. */
  function foretold(events: readonly string[], count: number): string[] {
    const args = ['calendar', `--iterations=${count}`, '--base-time=2026-02-20 00:00:00', ...events]
    const text = execFileSync('systemd-analyze', args, {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    })
    const found = [...text.matchAll(/(?:elapse|#\d+): \w{3} (\S+) (\S+) UTC/g)].map(
      (match) => `${match[1]}T${match[2]}.000Z`,
    )
    return [...new Set(found)].sort().slice(0, count)
  }

  it.each<[string, Partial<ScheduleConfig>, string]>([
    ['the example', example, 'UTC'],
    ['every 90 minutes', { every: 1.5 * hour }, 'UTC'],
    [
      'every 7 hours from half past one on weekends',
      { days: ['sat', 'sun'], first: '01:30', every: 7 * hour },
      'UTC',
    ],
    ['quarters of some hours', { cron: '*/15 9-12 * * mon-fri' }, 'UTC'],
    ['some days of some months', { cron: '30 4 1,15,31 mar,may *' }, 'UTC'],
    ['either day', { cron: '0 12 13 * fri' }, 'UTC'],
    ['both days', { cron: '0 12 */13 * fri' }, 'UTC'],
    ['Sunday as 7', { cron: '0 5 * * 7' }, 'UTC'],
    ['seconds', { cron: '10,40 */20 * * * *' }, 'UTC'],
    ['another zone', example, 'Asia/Kathmandu'],
    [
      'another zone, over the end of winter',
      { days: ['sun', 'mon'], first: '05:00', every: 6 * hour },
      'Europe/Berlin',
    ],
  ])('foretells the same runs as we do: %s', (_, parts, timeZone) => {
    const one = entry(parts)
    const ours = nextRuns([one], new Date(from.getTime()), { count: 25, until: null, timeZone, host: null })
    expect(foretold(onCalendar(ruleOf(one), timeZone), 25)).toEqual(ours.map(({ at }) => at.toISOString()))
  })

  it('finds nothing wrong with the units', () => {
    const folder = mkdtempSync(join(tmpdir(), 'defs-units-'))
    try {
      const paths = exportSystemd(schedule, { ...here, writable: [folder] }).map(({ name, text }) => {
        writeFileSync(join(folder, name), text)
        return join(folder, name)
      })
      const verdict = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], { encoding: 'utf8' })
      expect(verdict.stderr.split('\n').filter((line) => line.includes('defs-'))).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
