import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { checkConfig } from '../../src/config/resolve.ts'
import { describeMetrics, type MetricFacts, publishMetrics } from '../../src/report/metrics.ts'
import { parseSetName } from '../../src/set-name.ts'

const hasPromtool = spawnSync('promtool', ['--version']).status === 0

const record = {
  lastSuccess: '2026-11-21T06:00:00.000Z',
  outcome: 'failed',
  coolingUntil: { 'http://a/': '2026-11-21T12:00:00.000Z', 'http://b/': '2026-11-21T11:00:00.000Z' },
} as const
const facts: MetricFacts = {
  current: { set: parseSetName('20261120.003'), grade: 'certified', source: 'main' },
  sets: 3,
  attempt: { at: '2026-11-21T10:00:00.000Z', source: 'main', outcome: 'failed', error: null },
  sources: { main: record, 'odd "name"\\\n': { ...record, outcome: 'succeeded', coolingUntil: {} } },
  freeBytes: 1_234_567,
}

/** Samples by name and labels, as a plain reader of the format sees them. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

describe('the metrics', () => {
  it('are timestamps and counts', () => {
    const samples = samplesOf(describeMetrics(facts))
    const at = (moment: string) => Date.parse(moment) / 1000
    expect(Object.fromEntries(samples)).toEqual({
      defs_set_date_timestamp_seconds: at('2026-11-20T00:00:00Z'),
      defs_last_success_timestamp_seconds: at('2026-11-21T06:00:00Z'),
      defs_last_attempt_timestamp_seconds: at('2026-11-21T10:00:00Z'),
      defs_last_attempt_success: 0,
      'defs_info{set="20261120.003",grade="certified",source="main"}': 1,
      'defs_source_last_success_timestamp_seconds{source="main"}': at('2026-11-21T06:00:00Z'),
      'defs_source_last_success_timestamp_seconds{source="odd \\"name\\"\\\\\\n"}':
        at('2026-11-21T06:00:00Z'),
      'defs_source_up{source="main"}': 0,
      'defs_source_up{source="odd \\"name\\"\\\\\\n"}': 1,
      'defs_source_cooling_until_timestamp_seconds{source="main"}': at('2026-11-21T12:00:00Z'),
      defs_sets: 3,
      defs_store_free_bytes: 1_234_567,
    })
  })

  it('tell each name once, with help and type before its samples', () => {
    const lines = describeMetrics(facts).trimEnd().split('\n')
    const helped = lines.filter((line) => line.startsWith('# HELP ')).map((line) => line.split(' ')[2])
    const typed = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ')[2])
    expect(new Set(helped).size).toBe(helped.length)
    expect(typed).toEqual(helped)
    let name = ''
    for (const line of lines) {
      if (line.startsWith('# TYPE ')) name = line.split(' ')[2] ?? ''
      else if (!line.startsWith('#')) expect(line.split(/[ {]/)[0]).toBe(name)
    }
  })

  it('leave out what nobody knows', () => {
    const text = describeMetrics({ current: null, sets: 0, attempt: null, sources: {}, freeBytes: null })
    expect(Object.fromEntries(samplesOf(text))).toEqual({ defs_sets: 0 })
    const odd = { ...record, lastSuccess: 'yesterday', coolingUntil: { x: 'soon' } }
    expect(describeMetrics({ ...facts, sources: { odd } })).not.toContain('NaN')
  })

  it.skipIf(!hasPromtool)('pass promtool', () => {
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: describeMetrics(facts) })
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
      const context = { emit: (report: { type: string }) => void notes.push(report.type) }
      const config = await configOf(join(root, 'store'), file)
      await publishMetrics(config, context)
      await publishMetrics(config, context)
      expect(readFileSync(file, 'utf8')).toContain('defs_sets 0\n')
      expect(readdirSync(join(root, 'collector'))).toEqual(['defs.prom'])
      expect(notes).toEqual([])
      await publishMetrics(await configOf(root, join(root, 'nowhere', 'defs.prom')), context)
      expect(notes).toEqual(['note'])
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
})
