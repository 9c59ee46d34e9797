import { execFileSync } from 'node:child_process'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { prepareStore } from '../../src/hawking/prepare.ts'
import { isComplete, listSets } from '../../src/hawking/sets.ts'
import { stage } from '../../src/hawking/stage.ts'
import type { Store } from '../../src/hawking/store.ts'
import { authenticIn, contentsOf, laySet, realContext, set, setContents, storeAt } from './world.ts'

let root: string
let store: Store
const name = set('20261121.003')
const options = { group: null, context: realContext() }
const isRoot = process.geteuid?.() === 0

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-stage-'))
  store = storeAt(root)
  await prepareStore(store, null)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const mode = (path: string) => statSync(path).mode & 0o777

describe('stage', () => {
  it('puts the set under its dated name, the marker with it', async () => {
    const contents = setContents('a')
    const staged = await stage(authenticIn(store, name, contents), store, options)
    expect(staged).toMatchObject({ set: name, directory: join(store.virusDefs, name) })
    expect(readdirSync(staged.directory).sort()).toEqual(
      ['CATALOG.DAT', 'TSCAN1.DAT', 'VIRSCAN1.DAT', 'v.grd', 'v.sig', 'zdone.dat'].sort(),
    )
    expect(readFileSync(join(staged.directory, 'zdone.dat'), 'latin1')).toBe('20261121.003\r\n')
    expect(readFileSync(join(staged.directory, 'VIRSCAN1.DAT'))).toEqual(contents.get('VIRSCAN1.DAT'))
    expect(await isComplete(staged.directory)).toBe(true)
    expect(existsSync(store.definfo)).toBe(false)
  })

  it('tells of every file as it lies there', async () => {
    const { authentic, directory } = await stage(authenticIn(store, name, setContents('a')), store, options)
    const told = Object.fromEntries(authentic.files.map((file) => [file.name, file.sha256]))
    expect(told).toEqual(contentsOf(directory))
    expect(authentic.directory).toBe(directory)
  })

  it('lets everybody read and nobody write when there is no group', async () => {
    const { directory } = await stage(authenticIn(store, name, setContents('a')), store, options)
    expect([mode(directory), ...readdirSync(directory).map((file) => mode(join(directory, file)))]).toEqual([
      0o755,
      ...Array(6).fill(0o440),
    ])
  })

  it.skipIf(!isRoot)('lets only the group read when there is one', async () => {
    const { directory } = await stage(authenticIn(store, name, setContents('a')), store, {
      ...options,
      group: '12345',
    })
    expect(mode(directory)).toBe(0o750)
    for (const file of ['.', ...readdirSync(directory)])
      expect(statSync(join(directory, file)).gid).toBe(12_345)
    expect(mode(join(directory, 'v.grd'))).toBe(0o440)
  })

  it('knows groups by name, and refuses one that is not there', async () => {
    const staging = stage(authenticIn(store, name, setContents('a')), store, {
      ...options,
      group: 'no-such-group',
    })
    await expect(staging).rejects.toMatchObject({ code: 'STORE_PERMISSION' })
    expect(await listSets(store)).toEqual([])
    const own = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()
    const staged = await stage(authenticIn(store, name, setContents('a')), store, { ...options, group: own })
    expect(statSync(staged.directory).gid).toBe(process.getgid?.())
  })

  it('keeps files in folders', async () => {
    const authentic = authenticIn(store, name, setContents('a', { 'help/en/READ.TXT': 'hello' }))
    const { directory } = await stage(authentic, store, options)
    expect(readFileSync(join(directory, 'help', 'en', 'READ.TXT'), 'utf8')).toBe('hello')
    expect(mode(join(directory, 'help', 'en'))).toBe(0o755)
  })

  it('keeps the bytes of a marker that the guard names', async () => {
    const { directory } = await stage(
      authenticIn(store, name, setContents('a', { 'ZDONE.DAT': 'theirs' })),
      store,
      options,
    )
    expect(readFileSync(join(directory, 'zdone.dat'), 'utf8')).toBe('theirs')
    expect(readdirSync(directory)).not.toContain('ZDONE.DAT')
  })

  it('drops a marker that the guard does not name', async () => {
    const contents = setContents('a').set('Zdone.dat', Buffer.from('unproved'))
    const { directory, authentic } = await stage(authenticIn(store, name, contents), store, options)
    expect(readFileSync(join(directory, 'zdone.dat'), 'latin1')).toBe('20261121.003\r\n')
    expect(authentic.files.filter((file) => /zdone/i.test(file.name))).toHaveLength(1)
  })

  it('replaces a set of the same name and keeps the old one as evidence', async () => {
    laySet(store, name, 'old')
    const old = readFileSync(join(store.virusDefs, name, 'VIRSCAN1.DAT'))
    const { directory } = await stage(authenticIn(store, name, setContents('new')), store, options)
    expect(readFileSync(join(directory, 'VIRSCAN1.DAT'))).toEqual(setContents('new').get('VIRSCAN1.DAT'))
    const [entry = ''] = readdirSync(store.quarantine)
    expect(readFileSync(join(store.quarantine, entry, `${name}.old`, 'VIRSCAN1.DAT'))).toEqual(old)
    expect(JSON.parse(readFileSync(join(store.quarantine, entry, 'evidence.json'), 'utf8'))).toMatchObject({
      set: name,
    })
  })

  it('refuses a folder that changed after it was proved', async () => {
    const authentic = authenticIn(store, name, setContents('a'))
    writeFileSync(join(authentic.directory, 'planted.dll'), 'x')
    await expect(stage(authentic, store, options)).rejects.toMatchObject({ code: 'STORE_IO' })
    const shorter = authenticIn(store, name, setContents('a'))
    writeFileSync(join(shorter.directory, 'CATALOG.DAT'), '')
    await expect(stage(shorter, store, options)).rejects.toMatchObject({ code: 'STORE_IO' })
    expect(await listSets(store)).toEqual([])
  })

  it('refuses a file that shares its inode', async () => {
    const authentic = authenticIn(store, name, setContents('a'))
    linkSync(join(authentic.directory, 'CATALOG.DAT'), join(root, 'second name'))
    await expect(stage(authentic, store, options)).rejects.toMatchObject({ code: 'STORE_IO' })
  })

  it('takes nothing from outside its workspaces', async () => {
    const authentic = authenticIn(store, name, setContents('a'))
    const elsewhere = { ...authentic, directory: join(root, 'set') }
    mkdirSync(elsewhere.directory)
    await expect(stage(elsewhere, store, options)).rejects.toMatchObject({ code: 'BUG' })
  })

  it('changes nothing once it is interrupted', async () => {
    const authentic = authenticIn(store, name, setContents('a'))
    const context = realContext(AbortSignal.abort())
    await expect(stage(authentic, store, { group: null, context })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    })
    expect(await listSets(store)).toEqual([])
  })

  it('shares no inode between two sets', async () => {
    const first = await stage(authenticIn(store, name, setContents('a')), store, options)
    const second = await stage(authenticIn(store, set('20261121.004'), setContents('a')), store, options)
    const inodes = [first, second].flatMap(({ directory }) =>
      readdirSync(directory).map((file) => lstatSync(join(directory, file)).ino),
    )
    expect(new Set(inodes).size).toBe(inodes.length)
    expect(dirname(first.directory)).toBe(store.virusDefs)
  })
})
