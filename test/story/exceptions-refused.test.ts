import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SignedAnew, signAnew } from '../support/clamav-mirror.ts'
import { clamavVectors } from '../support/clamd.ts'
import { eventsOf } from '../support/look.ts'
import { runDefs } from '../support/run-defs.ts'

const clamscan = spawnSync('clamscan', ['--version']).status === 0

describe.skipIf(!clamscan || !clamavVectors)('an exception', () => {
  let work: string
  let vendor: SignedAnew
  const site = (name: string) => join(work, 'site', name)
  const sample = (name: string) => join(work, 'samples', name)
  const store = () => join(work, 'store')
  const current = () => join(store(), 'VirusDefs', 'current')
  const defs = (...args: string[]) => runDefs([...args, '--json', '--config', join(work, 'c.yaml')])
  const except = (id: string) => defs('exceptions', 'add', id, '--reason', 'x', '--now')
  const found = (name: string) =>
    /: (.*) FOUND/.exec(
      spawnSync('clamscan', ['--no-summary', '--detect-pua=yes', '-d', current(), sample(name)], {
        encoding: 'utf8',
      }).stdout,
    )?.[1] ?? null

  /** A line of a list of hashes for a sample that is made for it. */
  function line(name: string, signature: string, algorithm = 'md5'): string {
    const content = Buffer.from(`the sample ${name}`)
    writeFileSync(sample(name), content)
    const hex = createHash(algorithm).update(content).digest('hex')
    return `${hex}:${content.length}:${signature}\n`
  }

  function configure(custom: readonly string[], gate = 'engine: clamscan'): void {
    const roots = `certificates: ['${vendor.rootPath}']`
    writeFileSync(
      join(work, 'c.yaml'),
      `store: { root: ${store()}, reserve: 1MiB }
maxAge: 36500d
sources: { c: { kind: clamav, hosts: ['file://${join(work, 'site')}/'], databases: [test], ${roots}, allowUnsigned: true, custom: [${custom.join(', ')}] } }
gate: { ${gate} }
`,
    )
  }

  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), 'defs-refused-'))
    for (const folder of ['site', 'samples']) mkdirSync(join(work, folder))
    vendor = signAnew(join(work, 'vendor'))
    writeFileSync(site('test.cvd'), vendor.file('test-3.cvd'))
    writeFileSync(site('test-3.cvd.sign'), vendor.file('test-3.cvd.sign'))
  })
  afterEach(() => rmSync(work, { recursive: true, force: true }))

  it('that the gate refuses is kept and told; the old set stays, and no run tries it again by itself', async () => {
    writeFileSync(site('own.hdb'), line('wanted', 'Own.Wanted'))
    writeFileSync(site('other.hdb'), line('other', 'Own.Other'))
    configure(['own.hdb', 'other.hdb'], `engine: clamscan, detect: ['${sample('wanted')}']`)
    const first = await defs('update')
    expect(first.code).toBe(0)
    const refused = await except('Own.Wanted')
    expect(refused).toMatchObject({
      code: 7,
      json: {
        error: { code: 'GATE_REFUSED', message: expect.stringContaining('are kept') },
        events: [1086, 1080],
      },
    })
    expect(found('wanted')).toBe('Own.Wanted.UNOFFICIAL')
    const list = await defs('exceptions', 'list')
    expect(list.json.exceptions).toMatchObject([{ id: 'Own.Wanted', inForce: false, matches: true }])
    const reasons = async () =>
      (await defs('status')).json.verdict.reasons
        .map(({ message }: { message: string }) => message)
        .join('\n')
    expect(await reasons()).toContain("'Own.Wanted' is excepted until further notice, from the next set on")
    // The gate is not asked again, and no alarm is raised twice.
    const before = eventsOf(store()).length
    const idle = await defs('update')
    expect([idle.code, idle.json.events]).toEqual([0, [1001]])
    expect(idle.stderr).toContain(`is barred as ${refused.json.error.path}`)
    expect(eventsOf(store())).toHaveLength(before + 1)
    // Who asks for that set gets it, and it goes once the exception does.
    const meant = await defs('update', '--allow', refused.json.error.path)
    expect([meant.code, meant.json.current]).toEqual([0, refused.json.error.path])
    expect([found('wanted'), found('other')]).toEqual([null, 'Own.Other.UNOFFICIAL'])
    expect((await defs('exceptions', 'remove', 'Own.Wanted')).code).toBe(0)
    expect(await reasons()).toContain("'Own.Wanted' is still excepted in the current set")
    expect((await defs('update')).json.changed).toBe(true)
    expect([found('wanted'), await reasons()]).toEqual([
      'Own.Wanted.UNOFFICIAL',
      expect.not.stringContaining('Own.Wanted'),
    ])
  })

  it.each([
    ['of a possibly unwanted program', 'own.hdu', 'PUA.Win.Tool.Own-1'],
    ['with odd characters', 'own.hdb', `Odd.Na{me}-(1)+x/y_!'"@%&=~;,$`],
    ['with blanks', 'own.hdb', 'Name With Blanks'],
    ['of a SHA-256', 'own.hsb', 'Own.Sha-1', 'sha256'],
  ])('of a name %s is one', async (_, file, name, algorithm = 'md5') => {
    writeFileSync(site(file), line('it', name, algorithm).replace('\n', algorithm === 'md5' ? '\n' : ':73\n'))
    configure([file])
    expect((await defs('update')).code).toBe(0)
    expect(found('it')).toBe(`${name}.UNOFFICIAL`)
    expect((await except(`${name}.UNOFFICIAL`)).json).toMatchObject({
      exitCode: 0,
      matches: true,
      inForce: true,
    })
    expect([found('it'), readFileSync(join(current(), 'defs-exceptions.ign2'), 'latin1')]).toEqual([
      null,
      `${name}\n`,
    ])
  })

  it('of a name in several lists holds for all of them, and is needed while one has it', async () => {
    writeFileSync(site('one.hdb'), line('one', 'Own.Both'))
    writeFileSync(site('two.hdb'), line('two', 'Own.Both'))
    configure(['one.hdb', 'two.hdb'])
    expect((await defs('update')).code).toBe(0)
    expect((await except('Own.Both')).json.matches).toBe(true)
    expect([found('one'), found('two')]).toEqual([null, null])
    writeFileSync(site('one.hdb'), line('one', 'Own.Renamed'))
    const next = await defs('update')
    expect([next.json.changed, next.json.events.includes(1089)]).toEqual([true, false])
    expect([found('one'), found('two')]).toEqual(['Own.Renamed.UNOFFICIAL', null])
    writeFileSync(site('two.hdb'), line('two', 'Own.Renamed'))
    expect((await defs('update')).json.events).toContain(1089)
  })

  it.each(['#Own.Comment', 'Own.With:Colon', 'Own.Größe', ''])('for %j is refused with why', async (name) => {
    writeFileSync(site('own.hdb'), line('it', 'Own.It'))
    configure(['own.hdb'])
    expect((await defs('update')).code).toBe(0)
    const run = await except(name)
    expect([run.code, run.json.error.code]).toEqual([2, 'USAGE_ARGUMENT'])
    expect((await defs('exceptions', 'list')).json.exceptions).toEqual([])
  })
})
