import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addUser, freePort, type LiveConsole, rowsIn, shownIn, startLive } from '../support/live-console.ts'
import { packFiles, tarGzOf } from '../support/rules-site.ts'
import { runDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let work: string
let port: number
let live: LiveConsole | null

beforeEach(async () => {
  vendor = await startVendor()
  work = join(vendor.store, '..')
  port = await freePort()
  live = null
})
afterEach(async () => {
  await live?.stop()
  await vendor.close()
})

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as the contract describes it
type Any = any

const consoleLines = () =>
  `console: { listen: '127.0.0.1:${port}', users: '${work}/users' }\nschedule: [{ source: liveupdate, every: 4h }, { source: rapid, cron: '15 * * * *' }]\nmaxAge: 9999d\n`

const read = async (config: string, ...argv: string[]): Promise<Any> =>
  (await runDefs([...argv, '--json', '--config', config])).json

/** A value as a page carries it. */
const text = (value: unknown) => (value === null || value === undefined ? '' : String(value))

const within = (body: Any, path: string) => path.split('.').reduce((value, key) => value?.[key], body)

/** Every fact that section 4 of the design names for the Status page, as `[path, values]`. */
function factsOfStatus(status: Any, prefix = ''): [string, string[]][] {
  const plain = [
    ...[
      'verdict.state',
      'verdict.since',
      'current',
      'previous',
      'inUse',
      'grade',
      'sequence',
      'stale',
      'source',
      'signedBy',
    ],
    ...[
      'lastAttempt.at',
      'lastAttempt.source',
      'lastAttempt.outcome',
      'lastSuccess',
      'licence.state',
      'licence.ends',
    ],
  ]
  return [
    ...plain.map((path): [string, string[]] => [path, [text(within(status, path))]]),
    ['verdict.reasons', status.verdict.reasons.map(({ code }: Any) => code)] as [string, string[]],
    ['nextRuns', status.nextRuns.map(({ at }: Any) => at)] as [string, string[]],
    ...['holds', 'barred'].flatMap((list): [string, string[]][] => [
      [list, status[list].map(({ set }: Any) => set)],
      ...status[list].map(({ set, reason }: Any) => [`${list}.${set}.reason`, [text(reason)]]),
    ]),
    ...status.sources.flatMap((source: Any) =>
      ['kind', 'health', 'coolingUntil'].map((key): [string, string[]] => [
        `sources.${source.name}.${key}`,
        [text(source[key])],
      ]),
    ),
  ].map(([path, values]) => [prefix + path, values])
}

const listKeys = [
  'current',
  'previous',
  'inUse',
  'grade',
  'sequence',
  'bytes',
  'files',
  'stagedAt',
  'source',
  'held',
  'barred',
]

describe('the pages of a real host', () => {
  it('carry every fact of section 4 as --json has it', async () => {
    const config = vendor.configure(consoleLines())
    addUser(config, 'otto', 'operator')
    for (const set of ['20261118.001', '20261119.002', '20261120.003']) {
      vendor.certify({ set })
      expect((await read(config, 'update')).exitCode).toBe(0)
    }
    await read(config, 'hold', '20261118.001', '--reason', 'kept <b>for</b> "comparison"')
    await read(config, 'rollback', '--reason', "quarantines 'our own' tools")
    live = await startLive(['daemon', '--config', config], port, 'otto')
    const pages: Record<string, string> = {}
    let status = await read(config, 'status')
    await new Promise((resolve) => setTimeout(resolve, 3000))
    // Its first runs, which were missed while it was away, come before that.
    for (;;) {
      const page = await live.page('/')
      status = await read(config, 'status')
      if (shownIn(page.text, 'lastAttempt.at')[0] === status.lastAttempt.at) break
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    for (const path of ['/', '/sets', '/sets/20261119.002', '/history', '/report', '/alerts']) {
      const page = await live.page(path)
      expect([path, page.status]).toEqual([path, 200])
      pages[path] = page.text
    }
    const first = pages['/'] ?? ''
    for (const [path, values] of factsOfStatus(status))
      expect([path, shownIn(first, path)]).toEqual([path, values])
    expect(shownIn(first, 'ageSeconds')).toHaveLength(1)

    const { sets } = await read(config, 'list')
    const rows = rowsIn(pages['/sets'] ?? '', 'data-set')
    expect(rows.map(([name]) => name)).toEqual(
      sets
        .map(({ set }: Any) => set)
        .toSorted()
        .toReversed(),
    )
    for (const [name, row] of rows) {
      const set = sets.find((one: Any) => one.set === name)
      for (const key of listKeys)
        expect([name, key, shownIn(row, key)]).toEqual([name, key, [text(set[key])]])
    }

    const set = await read(config, 'show', '20261119.002')
    const one = pages['/sets/20261119.002'] ?? ''
    for (const path of [
      'set',
      'grade',
      'sequence',
      'provenance.source',
      'provenance.url',
      'provenance.key',
      'provenance.method',
      'provenance.verifiedAt',
    ])
      expect([path, shownIn(one, path)]).toEqual([path, [text(within(set, path))]])
    expect(shownIn(one, 'bytes')[0]).toBe(text(set.bytes))
    expect(
      rowsIn(one, 'data-file').map(([name, row]) => [name, shownIn(row, 'bytes'), shownIn(row, 'sha256')]),
    ).toEqual(set.files.map(({ name, bytes, sha256 }: Any) => [name, [text(bytes)], [text(sha256)]]))

    const { entries } = await read(config, 'history')
    expect(
      rowsIn(pages['/history'] ?? '', 'data-entry').map(([time, row]) => [
        time,
        ...['action', 'from', 'to', 'reason', 'user'].map((key) => shownIn(row, key)[0]),
      ]),
    ).toEqual(
      entries
        .toReversed()
        .map((entry: Any) => [
          entry.time,
          ...['action', 'from', 'to', 'reason', 'user'].map((key) => text(entry[key])),
        ]),
    )
    const report = await read(config, 'report')
    expect(rowsIn(pages['/report'] ?? '', 'data-entry').length).toBe(report.entries.length)
  }, 120_000)

  it('stand side by side where there are several families, each with its own facts, links and forms', async () => {
    const pack = tarGzOf(packFiles(30, 'rules'))
    writeFileSync(join(work, 'pack.tar.gz'), pack)
    const sha256 = createHash('sha256').update(pack).digest('hex')
    mkdirSync(join(work, 'families'), { recursive: true })
    const config = join(work, 'families.yaml')
    writeFileSync(
      config,
      `store: { root: '${join(work, 'families')}' }
families:
  antivirus:
    trust: { anchors: ['${vendor.authority.rootPath}'] }
    sources: { liveupdate: { kind: liveupdate, hosts: ['${vendor.http.url}'], product: 'SMSMSE Virus Definitions', version: '6.5', language: symalllanguages } }
    default: liveupdate
  suricata:
    sources: { rules: { kind: rules, url: 'file://${work}/pack.tar.gz', sha256: ${sha256} } }
    gate: { shrink: { certified: 0 } }
    default: rules
schedule: [{ family: antivirus, source: liveupdate, every: 4h }, { family: suricata, source: rules, every: 6h }]
maxAge: 9999d
console: { listen: '127.0.0.1:${port}', users: '${work}/users' }
`,
    )
    addUser(config, 'otto', 'operator')
    vendor.certify({ set: '20261118.001' })
    expect((await read(config, 'update')).exitCode).toBe(0)
    vendor.certify({ set: '20261119.002' })
    expect((await read(config, 'update')).exitCode).toBe(0)
    live = await startLive(['daemon', '--config', config], port, 'otto')
    const { families } = await read(config, 'status')
    const first = (await live.page('/')).text
    for (const name of ['antivirus', 'suricata']) {
      // Runs and attempts go on meanwhile.
      const kept = factsOfStatus(families[name], `families.${name}.`).filter(
        ([path]) => !/nextRuns|last(Attempt|Success)/.test(path),
      )
      for (const [path, values] of kept) expect([path, shownIn(first, path)]).toEqual([path, values])
      expect(first).toContain(`<input type="hidden" name="family" value="${name}">`)
      expect(first).toContain(`href="/sets/${families[name].current}?family=${name}"`)
      expect(first).toContain(`data-chart="age" data-family="${name}"`)
      const page = await live.page(`/sets/${families[name].current}?family=${name}`)
      expect([page.status, shownIn(page.text, 'set')]).toEqual([200, [families[name].current]])
      // A link without the family, as one may have kept it.
      expect((await live.page(`/sets/${families[name].current}`)).status).toBe(200)
      const csv = (await live.page(`/report.csv?family=${name}`)).text
      const out = join(work, name)
      mkdirSync(out)
      const { file } = await read(config, 'report', '--csv', '--out', out, '--family', name)
      expect(csv.split('\r\n').slice(0, 3)).toEqual(readFileSync(file, 'utf8').split('\r\n').slice(0, 3))
    }
    expect((await live.page('/sets/20200101.001')).status).toBe(404)
    expect(rowsIn((await live.page('/sets')).text, 'data-set').map(([name]) => name)).toContain(
      '20261119.002',
    )
    // One family is rolled back, the other left alone.
    const answer = await live.send('/actions/rollback', { family: 'antivirus', reason: 'a try' })
    expect(answer.status).toBe(303)
    const after = (await read(config, 'status')).families
    expect([after.antivirus.current, after.suricata.current]).toEqual([
      '20261118.001',
      families.suricata.current,
    ])
    expect((await live.page('/')).text).toContain('Rolled back from 20261119.002 to 20261118.001')
    const asked = await live.send('/actions/rollback', { reason: 'which one' })
    expect(asked.status).toBe(303)
    expect((await live.page('/')).text).toMatch(/role="alert">.*say which family is meant/)
  }, 120_000)
})
