import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Config } from '../../src/config/config.ts'
import { describeMetrics } from '../../src/report/metrics.ts'
import { fullStatus } from '../report/full-status.ts'

const folder = fileURLToPath(new URL('../../packaging/monitoring/', import.meta.url))
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const promtool = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, timeout: 60_000 })
  return { status, said: `${stdout}${stderr}` }
}
const hasPromtool = spawnSync('promtool', ['--version']).status === 0

/** Names and labels of everything the program prints, as it prints them. */
const printed = new Map<string, Set<string>>()
const text = describeMetrics(fullStatus, { store: { root: '/s' } as Config['store'], family: 'default' })
for (const [, name = '', labels = ''] of text.matchAll(/^(defs_\w+)\{(.*)\} \S+$/gm)) {
  printed.set(name, new Set([...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label)))
}

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly datasource: { readonly type: string; readonly uid: string }
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly { readonly expr: string; readonly refId: string }[]
}

interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly schemaVersion: number
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] }
}

const dashboard: Dashboard = JSON.parse(read('grafana-dashboard.json'))
const shown = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
const rules: {
  groups: { rules: { alert: string; expr: string; for?: string; annotations: Record<string, string> }[] }[]
} = parse(read('defs-rules.yml'))
const alerts = rules.groups.flatMap((group) => group.rules)

describe('what is asked of Prometheus', () => {
  it('is what the program prints, by names and labels it has', () => {
    expect(printed.size).toBeGreaterThan(15)
    for (const expr of [...shown, ...alerts.map((alert) => alert.expr)]) {
      const names = [...expr.matchAll(/defs_\w+/g)].map(([name]) => name)
      expect(names.length, expr).toBeGreaterThan(0)
      for (const name of names) expect([...printed.keys()], expr).toContain(name)
      for (const [, name = '', matchers = ''] of expr.matchAll(/(defs_\w+)\{([^}]*)\}/g)) {
        for (const [, label = ''] of matchers.matchAll(/(\w+)=~?"/g))
          if (label !== 'instance') expect([...(printed.get(name) ?? [])], expr).toContain(label)
      }
    }
  })

  it('fires on over a start of Prometheus: an alert waits for no more than two minutes, or for ten and more', () => {
    for (const { alert, for: wait = '0m' } of alerts) {
      const [, count = '', unit = ''] = /^(\d+)([mh])$/.exec(wait) ?? []
      const minutes = Number(count) * (unit === 'h' ? 60 : 1)
      expect(minutes <= 2 || minutes >= 10, `${alert}: ${wait}`).toBe(true)
    }
  })

  it('looks back over a scrape that failed, except where a host that is silent is what is looked for', () => {
    for (const { alert, expr } of alerts) {
      const bare = expr.match(/(?<!last_over_time\()defs_\w+/g) ?? []
      expect(bare.length > 0, alert).toBe(['DefsHostSilent', 'DefsMetricsMissing'].includes(alert))
    }
  })

  it.skipIf(!hasPromtool)('is understood by promtool, that of the dashboard as well', () => {
    expect(promtool('check', 'rules', 'defs-rules.yml')).toMatchObject({ status: 0 })
    const scratch = mkdtempSync(join(tmpdir(), 'defs-monitoring-'))
    try {
      const recorded = shown.map((expr, index) => ({
        record: `panel:${index}`,
        expr: expr.replace(/\$\w+/g, '.*'),
      }))
      const file = join(scratch, 'panels.json')
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: recorded }] }))
      expect(promtool('check', 'rules', file)).toMatchObject({ status: 0 })
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  })

  it.skipIf(!hasPromtool)(
    'fires when it should and not else: every alert has a test',
    () => {
      for (const { alert } of alerts)
        expect(read('defs-rules.test.yml')).toMatch(new RegExp(`eval_time: \\w+\\n +alertname: ${alert}\\n`))
      expect(promtool('test', 'rules', 'defs-rules.test.yml')).toMatchObject({ status: 0 })
    },
    90_000,
  )
})

describe('the dashboard', () => {
  it('has the shape that Grafana imports', () => {
    expect(dashboard).toMatchObject({ uid: 'defs-definitions', title: expect.any(String), schemaVersion: 38 })
    const ids = dashboard.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { title, type, gridPos, targets, datasource } of dashboard.panels) {
      expect(['stat', 'timeseries', 'table', 'state-timeline'], title).toContain(type)
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
      expect(targets.length, title).toBeGreaterThan(0)
      expect(datasource, title).toEqual({
        type: 'prometheus',
        uid: expect.stringMatching(/^\$\{datasource\}$/),
      })
    }
  })

  it('lays no panel over another', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
  })

  it('lets every panel be narrowed down to some machines, stores and families', () => {
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual([
      'datasource',
      'instance',
      'store',
      'family',
    ])
    for (const expr of shown)
      for (const label of ['instance', 'store', 'family']) expect(expr).toContain(`${label}=~"$${label}"`)
  })
})
