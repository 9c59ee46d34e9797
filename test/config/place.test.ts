import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findFile, type Whereabouts } from '../../src/config/find-file.ts'
import { asNobody } from '../support/as-nobody.ts'

let root: string
let where: Whereabouts
let warnings: string[]
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'defs-place-'))
  for (const name of ['cwd', 'home', 'system']) mkdirSync(join(root, name))
  where = {
    explicit: null,
    env: {},
    cwd: join(root, 'cwd'),
    home: join(root, 'home'),
    uid: process.getuid?.() ?? null,
    system: join(root, 'system'),
  }
  warnings = []
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(name: string, text = 'maxAge: 1h\n'): string {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { mode: 0o640 })
  return path
}
const find = async (more: Partial<Whereabouts> = {}) =>
  findFile({ ...where, ...more }, (text) => warnings.push(text))

describe('the configuration file', () => {
  it('is none when there is none', async () => {
    expect(await find()).toBeNull()
  })

  it('is looked for in one order', async () => {
    const inOrder = [
      'cwd/defs.yaml',
      'cwd/defs.yml',
      'cwd/defs.json',
      'home/.config/defs/defs.yaml',
      'home/.config/defs/config.yaml',
      'system/defs.yaml',
      'system/config.json',
    ]
    const paths = inOrder.map((name) => put(name))
    for (const path of paths) {
      expect((await find())?.path).toBe(path)
      rmSync(path)
    }
  })

  it('named by --config beats DEFS_CONFIG, which beats all places', async () => {
    put('cwd/defs.yaml')
    const named = put('named.yaml')
    const flagged = put('flagged.yaml')
    expect((await find({ env: { DEFS_CONFIG: '../named.yaml' } }))?.path).toBe(named)
    expect((await find({ env: { DEFS_CONFIG: named }, explicit: '../flagged.yaml' }))?.path).toBe(flagged)
  })

  it('that was named but is missing is an error, never the next place', async () => {
    put('cwd/defs.yaml')
    await expect(find({ explicit: 'other.yaml' })).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
    await expect(find({ env: { DEFS_CONFIG: 'other.yaml' } })).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
    })
  })

  it('of somebody else in the working directory is passed over with a warning', async () => {
    put('cwd/defs.yaml')
    const own = put('system/defs.yaml')
    expect((await find({ uid: 4711 }))?.path).toBe(own)
    expect(warnings).toHaveLength(1)
  })

  it.skipIf(process.platform === 'win32')(
    'in a folder that may not be looked into is none, unless somebody named it',
    async () => {
      put('cwd/defs.yaml')
      put('home/.config/defs/defs.yaml')
      const own = put('system/defs.yaml')
      for (const name of ['cwd', 'home']) chmodSync(join(root, name), 0)
      await asNobody(root, async () => {
        const uid = process.geteuid?.() ?? null
        expect((await find({ uid }))?.path).toBe(own)
        expect(warnings).toEqual([])
        await expect(find({ uid, explicit: 'defs.yaml' })).rejects.toMatchObject({
          code: 'CONFIG_UNREADABLE',
        })
        chmodSync(own, 0)
        await expect(find({ uid })).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
      })
      for (const name of ['cwd', 'home']) chmodSync(join(root, name), 0o700)
    },
  )

  it.skipIf(process.platform === 'win32')('that everybody may write to is refused', async () => {
    chmodSync(put('system/defs.yaml'), 0o646)
    await expect(find()).rejects.toMatchObject({ code: 'CONFIG_UNSAFE' })
  })

  it.skipIf(process.platform === 'win32')('is judged by what a link leads to', async () => {
    const target = put('elsewhere.yaml')
    chmodSync(target, 0o666)
    symlinkSync(target, join(root, 'cwd', 'defs.yaml'))
    await expect(find()).rejects.toMatchObject({ code: 'CONFIG_UNSAFE' })
  })

  it.skipIf(process.platform === 'win32')('that is a folder or a pipe is refused at once', async () => {
    execFileSync('mkfifo', [join(root, 'pipe.yaml')])
    await expect(find({ explicit: join(root, 'pipe.yaml') })).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
    })
    await expect(find({ explicit: root })).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
  })

  it('beyond the limit is not read', async () => {
    put('cwd/defs.yaml', '#'.repeat(1024 * 1024 + 1))
    await expect(find()).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
  })
})
