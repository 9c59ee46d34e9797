import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { checkConfig } from '../../src/config/resolve.ts'
import { describeMetrics, exposeMetrics, metricsOf } from '../../src/report/metrics.ts'
import { publishStatus } from '../../src/report/status-file.ts'
import { fullStatus as status } from './full-status.ts'

const hasPromtool = spawnSync('promtool', ['--version']).status === 0

const place = { store: { root: '/var/lib/defs' } as Config['store'], family: 'default' }
const own = 'store="/var/lib/defs",family="default"'

/** Samples by name and labels, as a plain reader of the format sees them. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

describe('the metrics', () => {
  it('are timestamps and counts, each with its store and family', () => {
    const samples = samplesOf(describeMetrics(status, place))
    const at = (moment: string) => Date.parse(moment) / 1000
    const odd = 'source="odd \\"name\\"\\\\\\n"'
    expect(Object.fromEntries(samples)).toEqual({
      [`defs_protected{${own}}`]: 1,
      [`defs_verdict{${own},state="none"}`]: 0,
      [`defs_verdict{${own},state="not-in-use"}`]: 0,
      [`defs_verdict{${own},state="stale"}`]: 0,
      [`defs_verdict{${own},state="unknown"}`]: 0,
      [`defs_verdict{${own},state="staged"}`]: 0,
      [`defs_verdict{${own},state="protected"}`]: 1,
      [`defs_scanner_in_use{${own},set="20261120.003"}`]: 1,
      [`defs_database_version{${own},database="daily"}`]: 27_823,
      [`defs_updates_total{${own},source="main",outcome="updated"}`]: 2,
      [`defs_updates_total{${own},source="main",outcome="unchanged"}`]: 0,
      [`defs_updates_total{${own},source="main",outcome="failed"}`]: 0,
      [`defs_updates_total{${own},${odd},outcome="updated"}`]: 0,
      [`defs_updates_total{${own},${odd},outcome="unchanged"}`]: 0,
      [`defs_updates_total{${own},${odd},outcome="failed"}`]: 0,
      [`defs_update_duration_seconds{${own}}`]: 1.5,
      [`defs_licence_end_timestamp_seconds{${own}}`]: at('2027-01-01T00:00:00Z'),
      [`defs_set_date_timestamp_seconds{${own}}`]: at('2026-11-20T00:00:00Z'),
      [`defs_last_success_timestamp_seconds{${own}}`]: at('2026-11-21T06:00:00Z'),
      [`defs_last_attempt_timestamp_seconds{${own}}`]: at('2026-11-21T10:00:00Z'),
      [`defs_last_attempt_success{${own}}`]: 0,
      [`defs_info{${own},set="20261120.003",grade="certified",source="main"}`]: 1,
      [`defs_source_last_success_timestamp_seconds{${own},source="main"}`]: at('2026-11-21T06:00:00Z'),
      [`defs_source_last_success_timestamp_seconds{${own},${odd}}`]: at('2026-11-21T06:00:00Z'),
      [`defs_source_up{${own},source="main"}`]: 0,
      [`defs_source_up{${own},${odd}}`]: 1,
      [`defs_source_cooling_until_timestamp_seconds{${own},source="main"}`]: at('2026-11-21T12:00:00Z'),
      [`defs_sets{${own}}`]: 3,
      [`defs_store_free_bytes{${own}}`]: 1_234_567,
      [`defs_build_info{${own},version="0.1.0"}`]: 1,
    })
  })

  it('tell each name once, with help and type before its samples, of several families together', () => {
    const families = ['clamav', 'suricata'].map((family) => metricsOf(status, place, family))
    const lines = exposeMetrics(families).trimEnd().split('\n')
    const helped = lines.filter((line) => line.startsWith('# HELP ')).map((line) => line.split(' ')[2])
    const typed = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ')[2])
    expect(new Set(helped).size).toBe(helped.length)
    expect(typed).toEqual(helped)
    let name = ''
    for (const line of lines) {
      if (line.startsWith('# TYPE ')) name = line.split(' ')[2] ?? ''
      else if (!line.startsWith('#')) expect(line.split(/[ {]/)[0]).toBe(name)
    }
    expect(lines.filter((line) => line.startsWith('defs_protected{'))).toHaveLength(2)
  })

  it('count the updates of several sources taken as one set under the names of all', () => {
    const [main] = status.sources
    if (!main) throw new Error('no source')
    const sources = ['et', 'own'].map((name) => ({ ...main, name }))
    const runs = {
      'et+own': { updated: 3, unchanged: 1, failed: 0 },
      'gone+own': { updated: 9, unchanged: 0, failed: 0 },
    }
    const samples = samplesOf(
      describeMetrics({ ...status, sources, updates: { ...status.updates, runs } }, place),
    )
    expect(samples.get(`defs_updates_total{${own},source="et+own",outcome="updated"}`)).toBe(3)
    expect([...samples.keys()].some((key) => key.includes('gone'))).toBe(false)
  })

  it('keep their help texts: a collector drops the second of two that differ', () => {
    const helps = describeMetrics(status, place).match(/^# HELP .*/gm)
    expect(helps).toMatchSnapshot()
  })

  it('say that nothing is protected where another set, or none, is in use', () => {
    const verdict = { ...status.verdict, state: 'not-in-use' } as const
    const samples = samplesOf(describeMetrics({ ...status, verdict, inUse: null }, place))
    expect(samples.get(`defs_protected{${own}}`)).toBe(0)
    expect(samples.get(`defs_scanner_in_use{${own},set="20261120.003"}`)).toBe(0)
    const odd = { ...status, current: null, lastSuccess: 'yesterday', disk: null }
    expect(describeMetrics(odd, place)).not.toMatch(/NaN|defs_info|free_bytes/)
  })

  it.skipIf(!hasPromtool)('pass promtool', () => {
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: describeMetrics(status, place) })
    expect([checked.status, checked.stderr.toString()]).toEqual([0, ''])
  })
})

describe('the file of metrics', () => {
  async function configOf(root: string, textfile: string): Promise<Config> {
    const nowhere = { file: null, env: {}, cwd: '/nowhere', home: '/nowhere', uid: null, system: '/nowhere' }
    const { config } = await checkConfig({ ...nowhere, secrets: false })
    return { ...config, store: { ...config.store, root }, metrics: { textfile } }
  }

  it('is replaced in one piece, and a place that cannot be written fails nothing', async () => {
    const root = mkdtempSync(join(tmpdir(), 'defs-metrics-'))
    try {
      mkdirSync(join(root, 'collector'))
      const file = join(root, 'collector', 'defs.prom')
      const notes: string[] = []
      const context = {
        now: () => new Date('2026-11-21T12:00:00Z'),
        emit: (report: { type: string }) => void notes.push(report.type),
        sleep: async () => undefined,
        random: () => 0,
        signal: new AbortController().signal,
      }
      const config = await configOf(join(root, 'store'), file)
      await publishStatus(config, context)
      await publishStatus(config, context)
      expect(readFileSync(file, 'utf8')).toMatch(/^defs_sets\{[^}]+\} 0$/m)
      expect(readdirSync(join(root, 'collector'))).toEqual(['defs.prom'])
      expect(notes).toEqual([])
      await publishStatus(await configOf(root, join(root, 'nowhere', 'defs.prom')), context)
      expect(notes).toEqual(['note'])
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
})
