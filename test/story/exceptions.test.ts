import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signAnew } from '../support/clamav-mirror.ts'
import { clamavVectors } from '../support/clamd.ts'
import { runDefs } from '../support/run-defs.ts'

const clamscan = spawnSync('clamscan', ['--version']).status === 0

let work: string
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'defs-except-'))
  mkdirSync(join(work, 'site'))
})
afterEach(() => rmSync(work, { recursive: true, force: true }))

const defs = (...args: string[]) => runDefs([...args, '--json', '--config', join(work, 'c.yaml')])
const inCurrent = (...path: string[]) => join(work, 'store', 'VirusDefs', 'current', ...path)
const site = (name: string) => join(work, 'site', name)

/** A pack below the site, of that day when one is given, with the MD5 that is asked for first. */
function pack(name: string, files: Record<string, string>, day?: string): void {
  const folder = join(work, `pack-${name}`)
  rmSync(folder, { recursive: true, force: true })
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const dated = day === undefined ? [] : [`--mtime=${day}`]
  execFileSync('tar', ['-czf', site(`${name}.tar.gz`), ...dated, '-C', folder, ...Object.keys(files)])
  if (day !== undefined) utimesSync(site(`${name}.tar.gz`), new Date(day), new Date(day))
  const md5 = createHash('md5')
    .update(readFileSync(site(`${name}.tar.gz`)))
    .digest('hex')
  writeFileSync(site(`${name}.tar.gz.md5`), `${md5}\n`)
}

const source = (name: string) =>
  `{ kind: rules, url: 'file://${site(`${name}.tar.gz`)}', md5: true, allowUnsigned: true }`
const alert = (sid: number, rev = 1, text = 'x') =>
  `alert tcp any any -> any any (msg:"${text}"; sid:${sid}; rev:${rev};)\n`

describe.skipIf(!clamscan || !clamavVectors)('a ClamAV signature', () => {
  const sample = () => join(work, 'sample')
  const found = () =>
    /: (\S+) FOUND|: (OK)/.exec(
      spawnSync('clamscan', ['--no-summary', '-d', inCurrent(), sample()], { encoding: 'utf8' }).stdout,
    )

  beforeEach(() => {
    const vendor = signAnew(join(work, 'vendor'))
    writeFileSync(site('test.cvd'), vendor.file('test-3.cvd'))
    writeFileSync(site('test-3.cvd.sign'), vendor.file('test-3.cvd.sign'))
    const content = Buffer.from('an example of something that is found')
    writeFileSync(sample(), content)
    const md5 = createHash('md5').update(content).digest('hex')
    writeFileSync(site('own.hdb'), `${md5}:${content.length}:Own.Example\n`)
    writeFileSync(site('own.yar'), 'rule Own_Rule { strings: $a = "example of" condition: $a }\n')
    const roots = `certificates: ['${vendor.rootPath}']`
    writeFileSync(
      join(work, 'c.yaml'),
      `store: { root: ${join(work, 'store')}, reserve: 1MiB }
sources: { c: { kind: clamav, hosts: ['file://${join(work, 'site')}/'], databases: [test], ${roots}, allowUnsigned: true, custom: [own.hdb, own.yar] } }
gate: { engine: clamscan }
`,
    )
  })

  it('is excepted by any of its names at once, and found again when that is taken back', async () => {
    expect((await defs('update')).code).toBe(0)
    expect(found()?.[1]).toBe('Own.Example.UNOFFICIAL')
    const one = await defs('exceptions', 'add', 'Own.Example.UNOFFICIAL', '--reason', 'case 1', '--now')
    expect([one.code, one.json.exception.id, one.json.matches]).toEqual([0, 'Own.Example', true])
    // What is listed under two names needs both.
    expect(found()?.[1]).toBe('YARA.Own_Rule.UNOFFICIAL')
    const two = await defs('exceptions', 'add', 'YARA.Own_Rule.UNOFFICIAL', '--reason', 'case 1', '--now')
    expect(two.json).toMatchObject({ changed: true, inForce: true, exception: { id: 'Own_Rule' } })
    expect(found()?.[2]).toBe('OK')
    expect(readFileSync(inCurrent('defs-exceptions.ign2'), 'latin1')).toBe('Own.Example\nOwn_Rule\n')
    expect((await defs('update')).json).toMatchObject({ changed: false, current: two.json.current })
    const status = await defs('status')
    const codes = status.json.verdict.reasons.map(({ code }: { code: string }) => code)
    expect(codes.filter((code: string) => code === 'exception')).toHaveLength(2)
    const history = await defs('history')
    expect(history.json.entries).toContainEqual(
      expect.objectContaining({ action: 'excepted', reason: 'Own.Example: case 1' }),
    )
    for (const name of ['Own.Example', 'Own_Rule'])
      expect((await defs('exceptions', 'remove', name, '--now')).json.changed).toBe(true)
    expect(found()?.[1]).toBe('Own.Example.UNOFFICIAL')
    // The engine does not start with an empty list of ignored signatures.
    expect(existsSync(inCurrent('defs-exceptions.ign2'))).toBe(false)
  })

  it('goes into the next set without --now, and one that matches nothing is kept and told', async () => {
    expect((await defs('update')).code).toBe(0)
    const added = await defs('exceptions', 'add', 'Own.Example', '--reason', 'x')
    expect(added.json).toMatchObject({ changed: false, inForce: false, warning: null })
    const none = await defs('exceptions', 'add', 'Not.There', '--reason', 'x')
    expect([none.code, none.json.matches]).toEqual([0, false])
    expect(none.stderr).toContain('Not.There')
    expect(found()?.[1]).toBe('Own.Example.UNOFFICIAL')
    // The mirror has nothing new: the set is made of what is there.
    rmSync(site('own.yar'))
    const next = await defs('update')
    expect([next.code, next.json.changed]).toEqual([0, true])
    expect(found()?.[1]).toBe('YARA.Own_Rule.UNOFFICIAL')
    const list = await defs('exceptions', 'list')
    expect(list.json.exceptions).toMatchObject([
      { id: 'Own.Example', inForce: true, matches: true },
      { id: 'Not.There', inForce: true, matches: false },
    ])
    // Renamed by its publisher: told once.
    writeFileSync(
      site('own.hdb'),
      readFileSync(site('own.hdb'), 'latin1').replace('Own.Example', 'Own.Other'),
    )
    expect((await defs('update')).json.events).toContain(1089)
    const again = await defs('exceptions', 'add', 'Own.Other', '--reason', ' ')
    expect([again.code, again.json.error.code]).toEqual([2, 'USAGE_ARGUMENT'])
  })

  it('is excepted until its date, though no source answers that day', async () => {
    expect((await defs('update')).code).toBe(0)
    const soon = new Date(Date.now() + 4000).toISOString()
    const added = await defs('exceptions', 'add', 'Own.Example', '--reason', 'x', '--until', soon, '--now')
    expect(added.json.inForce).toBe(true)
    rmSync(site('test.cvd'))
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(soon) - Date.now()) + 100))
    const ended = await defs('update')
    expect(ended.code).toBe(3)
    expect(found()?.[1]).toBe('Own.Example.UNOFFICIAL')
    expect((await defs('exceptions', 'list')).json.exceptions).toEqual([])
    expect((await defs('history')).json.entries).toContainEqual(
      expect.objectContaining({ action: 'exception ended' }),
    )
  })
})

describe('rules', () => {
  it('are never all left out', async () => {
    pack('et', { 'rules/a.rules': alert(1) })
    writeFileSync(
      join(work, 'c.yaml'),
      `store: { root: ${join(work, 'store')}, reserve: 1MiB }\nsources: { et: ${source('et')} }\n`,
    )
    const { current } = (await defs('update')).json
    const all = await defs('exceptions', 'add', '1', '--reason', 'x', '--now')
    expect([all.code, all.json.error.code]).toEqual([7, 'GATE_REFUSED'])
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, changed: false, current })
  })

  it('of Suricata are left out by sid and by group, and come back byte by byte', async () => {
    const files = {
      'rules/a.rules': `${alert(1)}alert tcp any any -> any any (msg:"two lines"; \\\n  sid:2; rev:1;)\n# ${alert(3)}`,
      'rules/games.rules': alert(4) + alert(5),
    }
    pack('et', files)
    writeFileSync(
      join(work, 'c.yaml'),
      `store: { root: ${join(work, 'store')}, reserve: 1MiB }\nsources: { et: ${source('et')} }\n`,
    )
    expect((await defs('update')).code).toBe(0)
    for (const id of ['1:2', 'group:games'])
      expect((await defs('exceptions', 'add', id, '--reason', 'x', '--now')).json.matches).toBe(true)
    const active = () =>
      ['a', 'games'].flatMap((name) =>
        readFileSync(inCurrent('rules', `${name}.rules`), 'latin1')
          .split('\n')
          .filter((line) => /^[^#]/.test(line)),
      )
    expect(active()).toEqual([alert(1).trimEnd()])
    const off = await defs('exceptions', 'add', '3', '--reason', 'commented out by its publisher')
    expect(off.json.matches).toBe(false)
    for (const id of ['2', 'games.rules', '3'])
      expect((await defs('exceptions', 'remove', id, '--now')).code).toBe(0)
    for (const [name, text] of Object.entries(files))
      expect(readFileSync(inCurrent(name), 'latin1')).toBe(text)
    const bad = await defs('exceptions', 'add', 'no such; thing', '--reason', 'x')
    expect([bad.code, bad.json.error.code]).toEqual([2, 'USAGE_ARGUMENT'])
  })
})

describe('parts', () => {
  const config = (more = '') =>
    writeFileSync(
      join(work, 'c.yaml'),
      `store: { root: ${join(work, 'store')}, reserve: 1MiB }
sources: { et: ${source('et')}, own: ${source('own')} }
parts: [et, own]
${more}`,
    )
  const many = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => alert(from + index)).join('')
  const kept = (run: { json: { events: number[] } }) => run.json.events.filter((id) => id === 1085)

  beforeEach(() => {
    config()
    pack('et', { 'rules/et.rules': many(100, 140) })
    pack('own', { 'own.rules': `${alert(105, 7, 'own') + alert(900)}# ${alert(106, 9)}` })
  })

  it('become one set, in which of one sid the higher revision among the active ones counts', async () => {
    const first = await defs('update')
    expect([first.code, first.json.source]).toEqual([0, 'et+own'])
    expect(first.json.events).toContain(1084)
    const et = readFileSync(inCurrent('et', 'rules', 'et.rules'), 'latin1')
    expect(et.match(/^alert/gm)).toHaveLength(39)
    expect(et).toMatch(/^#.*sid:105;/m)
    expect(et).toMatch(/^alert.*sid:106;/m)
    // The same parts give the same set.
    expect((await defs('update', '--force')).json.current).toBe(first.json.current)
    const shown = await defs('show', 'current')
    expect(shown.json.provenance.parts).toMatchObject([
      {
        name: 'et',
        state: 'fetched',
        rules: 40,
        signedBy: 'nobody (allowUnsigned)',
        method: 'unsigned, md5',
      },
      {
        name: 'own',
        state: 'fetched',
        rules: 2,
        signedBy: 'nobody (allowUnsigned)',
        method: 'unsigned, md5',
      },
    ])
    expect(shown.json.provenance.parts[0].verifiedAt).toMatch(/^20\d\d-/)
  })

  it('tell of doubled rules once, until others are doubled', async () => {
    const told = async () => (await defs('update')).json.events.filter((id: number) => id === 1084)
    expect(await told()).toEqual([1084])
    pack('et', { 'rules/et.rules': many(100, 141) })
    expect(await told()).toEqual([])
    pack('own', {
      'own.rules': `${alert(105, 7, 'own') + alert(107, 8, 'own') + alert(900)}# ${alert(106, 9)}`,
    })
    expect(await told()).toEqual([1084])
  })

  it('fail by themselves: the last good copy stays, and the other part goes on', async () => {
    expect((await defs('update')).code).toBe(0)
    const harms: Record<string, () => void> = {
      gone: () => {
        rmSync(site('own.tar.gz'))
        rmSync(site('own.tar.gz.md5'))
      },
      'a page': () => {
        writeFileSync(site('own.tar.gz'), '<!DOCTYPE html><html><body>Please log in</body></html>')
        const md5 = createHash('md5')
          .update(readFileSync(site('own.tar.gz')))
          .digest('hex')
        writeFileSync(site('own.tar.gz.md5'), md5)
      },
      'not a rule in it': () => pack('own', { 'own.rules': '# nothing\n' }),
      'a guard of its own': () => pack('own', { 'own.rules': alert(901), 'v.grd': 'x' }),
    }
    let sid = 200
    for (const [what, harm] of Object.entries(harms)) {
      harm()
      sid += 1
      pack('et', { 'rules/et.rules': many(100, 140) + alert(sid) })
      const run = await defs('update')
      expect([what, run.code, run.json.changed, kept(run)]).toEqual([what, 0, true, [1085]])
      expect(readFileSync(inCurrent('own', 'own.rules'), 'latin1')).toContain('sid:900;')
      expect(readFileSync(inCurrent('et', 'rules', 'et.rules'), 'latin1')).toContain(`sid:${sid};`)
    }
    // Shrunk, and then so on purpose.
    pack('own', { 'own.rules': alert(105, 7, 'own') + alert(900) + alert(902) })
    pack('et', { 'rules/et.rules': many(100, 105) })
    const shrunk = await defs('update')
    expect([shrunk.code, shrunk.json.changed, kept(shrunk)]).toEqual([0, true, [1085]])
    expect(readFileSync(inCurrent('et', 'rules', 'et.rules'), 'latin1')).toContain('sid:139;')
    expect((await defs('update', '--force')).code).toBe(0)
    expect(readFileSync(inCurrent('et', 'rules', 'et.rules'), 'latin1')).not.toContain('sid:139;')
    const sources = await defs('sources')
    expect(sources.json.sources.map(({ health }: { health: string }) => health)).toEqual(['good', 'good'])
  })

  it('that never came are left out; with none at all the run fails', async () => {
    rmSync(site('own.tar.gz'))
    rmSync(site('own.tar.gz.md5'))
    const one = await defs('update')
    expect([one.code, one.json.changed, kept(one)]).toEqual([0, true, [1085]])
    rmSync(site('et.tar.gz.md5'))
    rmSync(site('et.tar.gz'))
    const none = await defs('update')
    expect(none.code).toBe(3)
    expect((await defs('list')).json.sets).toHaveLength(1)
  })

  it('leave the configuration, come back, and hold again what they held before: a new set each time', async () => {
    // The one that goes is the newer one.
    pack('et', { 'rules/et.rules': many(100, 140) }, '2026-01-01')
    const first = await defs('update')
    expect(first.code).toBe(0)
    const there = () => existsSync(inCurrent('own', 'own.rules'))
    const both = readFileSync(join(work, 'c.yaml'), 'utf8')
    writeFileSync(join(work, 'c.yaml'), both.replace('[et, own]', '[et]'))
    const without = await defs('update')
    expect([without.code, without.json.changed, there()]).toEqual([0, true, false])
    writeFileSync(join(work, 'c.yaml'), both)
    const back = await defs('update')
    expect([back.code, back.json.changed, there()]).toEqual([0, true, true])
    const edited = alert(105, 8, 'edited') + alert(900)
    for (const text of [edited, `${alert(105, 7, 'own') + alert(900)}# ${alert(106, 9)}`]) {
      pack('own', { 'own.rules': text }, '2026-01-02')
      expect((await defs('update')).json).toMatchObject({ exitCode: 0, changed: true })
      expect(readFileSync(inCurrent('own', 'own.rules'), 'latin1')).toBe(text)
    }
    // Another order is another set only where two packs have a rule in the same revision.
    writeFileSync(join(work, 'c.yaml'), both.replace('[et, own]', '[own, et]'))
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, changed: false })
  })

  it('with `every` are asked once in that time, also while they fail', async () => {
    const text = readFileSync(join(work, 'c.yaml'), 'utf8')
    writeFileSync(join(work, 'c.yaml'), text.replace('own: {', 'own: { every: 6h,'))
    const own = readFileSync(site('own.tar.gz'))
    rmSync(site('own.tar.gz'))
    const first = await defs('update')
    expect([first.code, kept(first)]).toEqual([0, [1085]])
    writeFileSync(site('own.tar.gz'), own)
    const resting = await defs('update')
    expect([resting.code, resting.json.changed, kept(resting)]).toEqual([0, false, [1085]])
    const state = join(work, 'store', 'state', 'sources.json')
    const sources = JSON.parse(readFileSync(state, 'utf8'))
    const later = (hours: number) => {
      sources.own.lastAttempt = new Date(Date.now() - hours * 3_600_000).toISOString()
      writeFileSync(state, JSON.stringify(sources))
    }
    later(5)
    expect((await defs('update')).json.changed).toBe(false)
    later(7)
    expect((await defs('update')).json.changed).toBe(true)
    expect(existsSync(inCurrent('own', 'own.rules'))).toBe(true)
  })

  it('must be packs of rules, each named once', async () => {
    config('fallback: [et]\n')
    expect((await defs('config', 'check')).code).toBe(2)
    writeFileSync(
      join(work, 'c.yaml'),
      readFileSync(join(work, 'c.yaml'), 'utf8').replace('[et, own]', '[et, et, x]'),
    )
    const run = await defs('config', 'check')
    expect(JSON.stringify(run.json)).toContain("there is no source 'x'")
    expect(JSON.stringify(run.json)).toContain("names 'et' once more")
  })
})
