import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { statusLines } from '../../src/cli/status-lines.ts'
import { checkConfig } from '../../src/config/resolve.ts'
import { catalogue, type EventKind } from '../../src/event/catalogue.ts'
import { limits } from '../../src/limits.ts'
import { nextRuns } from '../../src/schedule/next-runs.ts'
import { refusalOf } from '../../src/source/shared-sep/source.ts'
import { fullStatus } from '../report/full-status.ts'
import { seedRows } from './seeds.ts'

const read = (path: string) => readFileSync(path, 'utf8')

describe('the requirements of the documents', () => {
  it('are 71, none of them without a test', () => {
    expect(seedRows).toHaveLength(71)
    expect(new Set(seedRows.map(({ words }) => words)).size).toBe(71)
    expect(seedRows.filter(({ how, shown }) => how === '' || shown === '')).toEqual([])
  })

  it.each(seedRows.map(({ words, shown }) => [words, shown]))('%s: %s', (_, shown) => {
    const [, file = '', name = ''] = /^(test\/\S+\.test\.ts): (.+)$/.exec(shown) ?? []
    expect(existsSync(file)).toBe(true)
    // Written as a name of a test, not only somewhere in the file.
    expect(read(file)).toMatch(new RegExp(`['"\`][^'"\`]*${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`))
  })

  it('name events and commands that there are', () => {
    const numbers = new Set(Object.values(catalogue as Record<string, EventKind>).map(({ id }) => String(id)))
    const named = seedRows.flatMap(({ how }) => [...how.matchAll(/\b(1\d{3})\b/g)].map(([number]) => number))
    expect(named.filter((number) => !numbers.has(number))).toEqual([])
    const readme = read('README.md')
    const commands = seedRows.flatMap(({ how }) =>
      [...how.matchAll(/`defs (\w+)/g)].map(([, name = '']) => name),
    )
    expect(commands.filter((name) => !readme.includes(`\`defs ${name}`))).toEqual([])
  })
})

describe('what no other test shows', () => {
  it('is on by default, once a day', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'defs-seeds-'))
    const file = join(folder, 'defs.yaml')
    writeFileSync(
      file,
      "sources: { vendor: { kind: rules, url: 'https://a.test/x.tar.gz', minisign: RWQ } }\n",
    )
    const where = { file, env: {}, cwd: folder, home: folder, uid: null, secrets: false }
    const { config } = await checkConfig(where)
    rmSync(folder, { recursive: true, force: true })
    expect(config).toMatchObject({ scheduleIsDefault: true, scheduleOff: false })
    expect(config.schedule.map(({ every, cron, days }) => [every, cron, days])).toEqual([[null, null, null]])
    const runs = nextRuns(config.schedule, new Date(), {
      timeZone: null,
      host: 'host',
      count: 2,
      until: null,
    })
    expect(runs).toHaveLength(2)
  })

  it('says that rapid sets are less tested', () => {
    const shown = (grade: string) => {
      const lines = statusLines(
        { ...fullStatus, grade },
        { maxAge: 1, terminal: false, now: new Date(), asOf: null, fleet: null },
      )
      return lines.map((line) => (typeof line === 'string' ? line : line.text)).join('\n')
    }
    expect(shown('rapid')).toContain('less tested')
    expect(shown('certified')).not.toContain('less tested')
  })

  it('has the steps of a 64-bit system', () => {
    const page = read('docs/sharing.md')
    expect(page.match(/^\d\. /gm)?.length).toBeGreaterThanOrEqual(5)
    expect(page).toContain('`sharing64: true` says that all of it was done')
    const source = { name: 's', kind: 'shared-sep', path: '/x', sepVersion: '12.0', register: false } as const
    const rest = {
      passwordFile: null,
      passwordVariable: null,
      username: null,
      password: null,
      tls: null,
    } as const
    expect(refusalOf({ ...source, ...rest, bits: 64, sharing64: false })).toContain('docs/sharing.md')
    expect(refusalOf({ ...source, ...rest, bits: 64, sharing64: true })).toBeNull()
  })

  it('compares every ten minutes', () => expect(limits.checkEvery).toBe(10 * 60_000))

  it('tells cause and action of each number', () => {
    for (const { cause, action } of Object.values(catalogue as Record<string, EventKind>)) {
      expect(cause.length).toBeGreaterThan(10)
      expect(action.length).toBeGreaterThan(4)
    }
  })

  it('bounds the quarantine', () => {
    expect(limits.quarantineEntries).toBeGreaterThan(0)
    expect(limits.quarantine).toBeGreaterThan(0)
  })
})
