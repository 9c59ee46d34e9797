import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkConfig, loadConfig } from '../../src/config/resolve.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-check-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function request(text: string, more: { env?: Record<string, string>; secrets?: boolean } = {}) {
  const file = join(folder, 'defs.yaml')
  writeFileSync(file, text)
  return { file, env: more.env ?? {}, cwd: folder, home: folder, uid: null, secrets: more.secrets ?? false }
}
const problemsOf = async (text: string) => (await checkConfig(request(text))).problems
const places = async (text: string) => (await problemsOf(text)).map(({ path, line }) => [path, line])

/** A good beginning, four lines long. */
const good = `trust: { anchors: [root.pem] }
sources:
  live: { kind: liveupdate, hosts: ['http://127.0.0.1/'] }
  rapid: { kind: rapid-release, url: 'ftp://127.0.0.1/' }
`

describe('checking a configuration', () => {
  it('finds nothing wrong with a good one', async () => {
    expect(await problemsOf(good)).toEqual([])
    expect(await problemsOf('')).toEqual([])
  })

  it('refuses a path that a shell would have to complete, and a version that is a name', async () => {
    const text = `store: { root: ~/defs }\nproduct: { version: abc }\n${good}`
    expect((await problemsOf(text)).map(({ path, message }) => [path, message])).toEqual([
      ['store.root', "must be written in full: '~' is not replaced here"],
      ['product.version', "must begin with a number, as in '6.5.8'"],
    ])
    expect(await problemsOf(`store: { root: ./~defs }\nproduct: { version: 7 }\n${good}`)).toEqual([])
  })

  it('lists every problem at once, with key path and line', async () => {
    const text = `stor: { root: /a }
store:
  keep: many
  colour: red
maxAge: 36
default: nobody
sources:
  rapid:
    kind: rapid-release
    url: gopher://host/
    pasword: x
  second:
    kind: liveupdates
schedule:
  - { source: rapid, cron: '61 * * * *' }
`
    expect(await places(text)).toEqual([
      ['trust.anchors', null],
      ['stor', 1],
      ['store.keep', 3],
      ['store.colour', 4],
      ['maxAge', 5],
      ['default', 6],
      ['sources.rapid.url', 10],
      ['sources.rapid.pasword', 11],
      ['sources.second.kind', 13],
      ['schedule[0].cron', 15],
    ])
  })

  it('throws them as one error, a line each', async () => {
    await expect(loadConfig(request('store: { keep: 1 }\nmaxAge: x\n'))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      facts: {
        problems: [
          expect.stringMatching(/^store\.keep \(line 1\): /),
          expect.stringMatching(/^maxAge \(line 2\): /),
        ],
      },
    })
  })

  it.each([
    ['stroe: { keep: 3 }\n', 'store'],
    ['store: { kep: 3 }\n', 'keep'],
    [`${good}default: rapidd\n`, 'rapid'],
    ['scanner: { kind: clmd }\n', 'clamd'],
  ])('asks of %j whether %s was meant', async (text, meant) => {
    expect((await problemsOf(text)).map(({ message }) => message)).toContainEqual(
      expect.stringContaining(`'${meant}'`),
    )
  })

  it.each([
    ['[1, 2]\n', ''],
    ['store: 3\n', 'store'],
    ['sources: [a]\n', 'sources'],
    ['trust: { anchors: root.pem }\n', 'trust.anchors'],
    ['trust: { anchors: [1, [2]] }\n', 'trust.anchors'],
    ['trust: { allowSha1: "yes" }\n', 'trust.allowSha1'],
    ['store: { keep: 2.5 }\n', 'store.keep'],
    ['store: { root: "" }\n', 'store.root'],
    ['store: { root: [a] }\n', 'store.root'],
    ['product: { name: "a\\nb" }\n', 'product.name'],
    ['limits: { ratio: 2000 }\n', 'limits.ratio'],
    ['network: { deadline: 30d }\n', 'network.deadline'],
    ['__proto__: { a: 1 }\n', '__proto__'],
    ['constructor: 1\n', 'constructor'],
    ['schedule: { source: a }\n', 'schedule'],
    ['scanner: { kind: csapi }\n', 'scanner.path'],
    ['scanner: { kind: clamd, path: /a, socket: /b }\n', 'scanner.path'],
    ['scanner: { kind: command, argv: [] }\n', 'scanner.argv'],
    ['scanner: { kind: command, argv: [/a], canary: /b }\n', 'scanner.canary'],
    ['scanner: { timeout: 5m }\n', 'scanner.timeout'],
    ['scanner: { confirm: 5m }\n', 'scanner.confirm'],
    ['scanner: { kind: clamd, socket: /b, confirm: 5h }\n', 'scanner.confirm'],
    ['scanner: { confirm: 5m, detections: { log: /a, most: 0 } }\n', 'scanner.detections.most'],
  ])('refuses %j at %s', async (text, path) => {
    expect((await problemsOf(text)).map((problem) => problem.path)).toEqual([path])
  })

  it.each([
    ['x: { kind: liveupdate }', 'sources.x.hosts'],
    ['x: { kind: liveupdate, hosts: [] }', 'sources.x.hosts'],
    ["x: { kind: liveupdate, hosts: ['host:80'] }", 'sources.x.hosts'],
    ['x: { kind: rapid-release }', 'sources.x'],
    ['x: { kind: rapid-release, urls: [] }', 'sources.x.urls'],
    [`x: { kind: liveupdate, hosts: [${"'ftp://h/', ".repeat(33)}] }`, 'sources.x.hosts'],
    ["x: { kind: rapid-release, url: 'ftp://h/', urls: ['ftp://i/'] }", 'sources.x.urls'],
    ["x: { kind: intelligent-updater, url: 'ftp://h/', path: /a }", 'sources.x.path'],
    ['x: { kind: shared-sep }', 'sources.x.path'],
    ['x: { kind: shared-sep, path: /a, bits: 16 }', 'sources.x.bits'],
    ["x: { kind: liveupdate, hosts: ['ftp://h/'], password: pw }", 'sources.x.password'],
    ["x: { kind: liveupdate, hosts: ['ftp://h/'], url: 'ftp://h/' }", 'sources.x.url'],
    ["x: { kind: liveupdate, hosts: ['ftp://a:b@h/', 'ftp://a:c@i/'] }", 'sources.x'],
    ['x: { hosts: [a] }', 'sources.x.kind'],
    ['x: 3', 'sources.x'],
    ['"a b": { kind: liveupdate }', 'sources.a b'],
  ])('refuses the source %s at %s', async (source, path) => {
    const paths = (await problemsOf(`trust: { anchors: [a] }\nsources:\n  ${source}\n`)).map(
      (one) => one.path,
    )
    expect(paths).toContain(path)
  })

  it.each([
    ["{ source: rapid, days: [tue, thu], first: '06:00', every: 4h }", null],
    ["{ source: rapid, days: [sun], first: '23:59' }", null],
    ["{ source: rapid, cron: '15 * * * *', jitter: 5m }", null],
    ["{ source: rapid, days: [someday], first: '06:00' }", 'schedule[0].days'],
    ["{ source: rapid, days: [], first: '06:00' }", 'schedule[0].days'],
    ["{ source: rapid, days: [mon], first: '24:00' }", 'schedule[0].first'],
    ["{ source: rapid, days: [mon], first: '6:00' }", 'schedule[0].first'],
    ['{ source: rapid, days: [mon] }', null],
    ["{ source: rapid, first: '06:00' }", null],
    ['{ source: rapid, every: 2h }', null],
    ['{ source: rapid, every: 24h }', null],
    ['{ source: rapid, every: 25h }', 'schedule[0].every'],
    ["{ source: rapid, days: [mon], first: '06:00', every: 7d }", 'schedule[0].every'],
    ['{ source: rapid }', 'schedule[0]'],
    ["{ source: rapid, days: [mon], first: '06:00', every: 4 }", 'schedule[0].every'],
    ["{ source: rapid, cron: '* * * * *', every: 4h }", 'schedule[0].every'],
    ["{ source: other, cron: '* * * * *' }", 'schedule[0].source'],
    ["{ cron: '* * * * *' }", 'schedule[0].source'],
  ])('judges the schedule %s', async (entry, path) => {
    const paths = (await problemsOf(`${good}schedule:\n  - ${entry}\n`)).map((one) => one.path)
    if (path === null) expect(paths).toEqual([])
    else expect(paths).toContain(path)
  })

  it('wants an anchor as soon as there is a source', async () => {
    expect(await places(good.replace(/^.*\n/, ''))).toEqual([['trust.anchors', null]])
  })
})
