import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Authority, makeAuthority } from '../support/authority.ts'
import { makeSet, randomFiles, sampleFiles, writeFiles } from '../support/definition-set.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { runDefs, startDefs } from '../support/run-defs.ts'

let work: string
let authority: Authority
let sep: string
let store: string
let config: string
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'defs-shared-'))
  authority = makeAuthority(join(work, 'authority'))
  sep = join(work, 'sep', 'virusdefs')
  store = join(work, 'store')
  config = join(work, 'defs.yaml')
})
afterEach(() => rmSync(work, { recursive: true, force: true }))

/** Another product's current set, as its own updater leaves it. */
function sepHas(set: string, files = sampleFiles(set), folder = set): void {
  writeFiles(join(sep, folder), makeSet({ authority, files, set }))
  writeFileSync(join(sep, 'definfo.dat'), `[DefDates]\r\nCurDefs=${folder}\r\n`)
}

function configure(keys = "sepVersion: '12.0', bits: 32", path = sep): void {
  writeFileSync(
    config,
    `store: { root: ${store} }
trust: { anchors: ['${authority.rootPath}'] }
sources: { shared: { kind: shared-sep, path: ${path}, ${keys} } }
`,
  )
}

const defs = (...args: string[]) => runDefs([...args, '--json', '--config', config])
const look = () => lookAt(store)
const ids = () => eventsOf(store).map(({ id }) => id)

/** Everything there is to see of a folder, times included. */
function portrait(folder: string): string[] {
  const names = ['', ...(readdirSync(folder, { recursive: true }) as string[])]
  return names.toSorted().map((name) => {
    const { mode, uid, size, mtimeMs, ctimeMs, ino } = lstatSync(join(folder, name))
    return [name, mode, uid, size, mtimeMs, ctimeMs, ino].join(' ')
  })
}

describe('sharing with another product', () => {
  it('copies its current set, follows it, and leaves its folder as it was', async () => {
    sepHas('20261120.003')
    mkdirSync(join(sep, '20261122.001'))
    configure()
    const before = portrait(sep)
    const run = await defs('update')
    expect(run.json, run.stderr).toMatchObject({
      exitCode: 0,
      changed: true,
      current: '20261120.003',
      source: 'shared',
      grade: 'certified',
      bytesDownloaded: 0,
      events: [30, 25],
    })
    expect(portrait(sep)).toEqual(before)
    expect(look()).toMatchObject({ current: '20261120.003', damage: [], leftovers: [] })
    // A copy, never the same file: damage there must not be damage here.
    const file = 'VIRSCAN1.DAT'
    expect(statSync(join(store, 'VirusDefs', '20261120.003', file)).ino).not.toBe(
      statSync(join(sep, '20261120.003', file)).ino,
    )
    sepHas('20261121.001', sampleFiles('b'), '20261121.001_d2c')
    expect((await defs('update')).json).toMatchObject({ changed: true, current: '20261121.001' })
    expect((await defs('update')).json).toMatchObject({ changed: false, exitCode: 0 })
  })

  it('is refused where the conditions are not met, and nothing is touched', async () => {
    sepHas('20261120.003')
    for (const keys of ["sepVersion: '12.0', bits: 64", "sepVersion: '12.1'", "sepVersion: '14.3'"]) {
      configure(keys)
      const run = await defs('update')
      expect([keys, run.code, run.json.error.code]).toEqual([keys, 3, 'SOURCE_REFUSED'])
    }
    expect(look().sets).toEqual([])
    configure("sepVersion: '12.0', bits: 64, sharing64: true")
    expect((await defs('update')).code).toBe(0)
  })

  it('a set without guard, or not as signed, is refused while the old one stays', async () => {
    sepHas('20261120.003')
    configure()
    await defs('update')
    sepHas('20261121.001')
    writeFileSync(join(sep, '20261121.001', 'VIRSCAN1.DAT'), 'changed')
    expect((await defs('update')).json).toMatchObject({ exitCode: 5, error: { code: 'TRUST_DIGEST' } })
    rmSync(join(sep, '20261121.001', 'v.grd'))
    expect((await defs('update')).json).toMatchObject({ exitCode: 5, error: { code: 'TRUST_GUARD_MISSING' } })
    expect(look()).toMatchObject({ current: '20261120.003', damage: [], leftovers: [] })
  })

  it('never takes half a set while its owner writes, and takes a whole one afterwards', async () => {
    configure()
    const sets = ['20261120.003', '20261121.001'] as const
    const made = sets.map((set) => makeSet({ authority, files: randomFiles(400_000), set }))
    let turn = 0
    const write = () => {
      turn += 1
      const set = sets[turn % 2] ?? sets[0]
      // In place, file by file, as the vendor's own scripts do.
      rmSync(join(sep, set), { recursive: true, force: true })
      writeFiles(join(sep, set), made[turn % 2] ?? new Map())
      writeFileSync(join(sep, 'definfo.dat'), `[DefDates]\nCurDefs=${set}\n`)
    }
    mkdirSync(sep, { recursive: true })
    write()
    const { ended } = startDefs(['update', '--json', '--config', config])
    const timer = setInterval(write, 2)
    const run = await ended
    clearInterval(timer)
    expect([0, 3], JSON.stringify(run.json)).toContain(run.code)
    if (run.code === 3) expect(run.json.error.code).toMatch(/^SOURCE_/)
    expect(look()).toMatchObject({ damage: [], leftovers: [] })
    write()
    write()
    expect((await defs('update')).code).toBe(0)
    expect(look()).toMatchObject({ current: expect.any(String), damage: [], leftovers: [] })
  })
})

describe("the other product's usage.dat", () => {
  const usage = () => readFileSync(join(sep, 'usage.dat'), 'latin1')

  it('lists us only when asked, its own lines, owner and mode kept', async () => {
    sepHas('20261120.003')
    writeFileSync(join(sep, 'usage.dat'), '[20261120.003]\r\nNAVCORP_70=1\r\nDEFWATCH_10=1\r\n')
    chmodSync(join(sep, 'usage.dat'), 0o640)
    if (process.getuid?.() === 0) chownSync(join(sep, 'usage.dat'), 65534, 65534)
    const { uid, gid } = statSync(join(sep, 'usage.dat'))
    configure()
    await defs('update')
    expect(usage()).not.toContain('SMSMSE')
    configure('register: true')
    expect((await defs('update')).json).toMatchObject({ changed: false })
    expect(usage()).toBe('[20261120.003]\r\nNAVCORP_70=1\r\nDEFWATCH_10=1\r\nSMSMSE=1\r\n')
    expect(statSync(join(sep, 'usage.dat'))).toMatchObject({ uid, gid })
    expect(statSync(join(sep, 'usage.dat')).mode & 0o777).toBe(0o640)
    const before = portrait(sep)
    await defs('update')
    expect(portrait(sep)).toEqual(before)
    sepHas('20261121.001')
    expect((await defs('update')).json).toMatchObject({ changed: true })
    expect(usage()).toBe('[20261120.003]\r\nNAVCORP_70=1\r\nDEFWATCH_10=1\r\n[20261121.001]\r\nSMSMSE=1\r\n')
    expect(readdirSync(sep).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('that is a link is left alone, and the update counts all the same', async () => {
    sepHas('20261120.003')
    writeFileSync(join(work, 'elsewhere'), 'keep')
    symlinkSync(join(work, 'elsewhere'), join(sep, 'usage.dat'))
    configure('register: true')
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, changed: true })
    expect(readFileSync(join(work, 'elsewhere'), 'utf8')).toBe('keep')
  })
})

describe('two products that update one store', () => {
  it('our own store is no source, by whatever name', async () => {
    sepHas('20261120.003')
    configure()
    await defs('update')
    symlinkSync(join(store, 'VirusDefs'), join(work, 'alias'))
    for (const path of [join(store, 'VirusDefs'), join(work, 'alias')]) {
      configure("sepVersion: '12.0'", path)
      expect((await defs('update')).json).toMatchObject({ exitCode: 3, error: { code: 'SOURCE_REFUSED' } })
    }
    expect(look()).toMatchObject({ current: '20261120.003', damage: [] })
  })

  it('another writer of definfo.dat is reported, once', async () => {
    sepHas('20261120.003')
    configure()
    await defs('update')
    sepHas('20261121.001')
    await defs('update')
    expect(ids()).not.toContain(1011)
    const definfo = join(store, 'VirusDefs', 'definfo.dat')
    writeFileSync(`${definfo}.new`, '[DefDates]\r\nCurDefs=20261120.003\r\nLastDefs=20261121.001\r\n')
    renameSync(`${definfo}.new`, definfo)
    const run = await defs('update')
    expect(run.json).toMatchObject({ exitCode: 0, changed: true, current: '20261121.001' })
    expect(run.json.events).toContain(1011)
    expect((await defs('update')).json.events).not.toContain(1011)
    await defs('rollback', '--reason', 'by ourselves')
    await defs('update')
    expect(ids().filter((id) => id === 1011)).toHaveLength(1)
  })
})
