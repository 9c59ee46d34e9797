import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { activate } from '../../src/hawking/activate.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import { inspect, recover } from '../../src/hawking/recover.ts'
import { isComplete, listSets, setDirectory } from '../../src/hawking/sets.ts'
import type { Store } from '../../src/hawking/store.ts'
import { laySet, product, reproved, storeAt } from './world.ts'

let root: string
let store: Store

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-recover-'))
  store = storeAt(root)
  await prepareStore(store, null)
  for (const name of ['20261121.001', '20261121.002']) {
    await activate(reproved(store, laySet(store, name)), store, product)
  }
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const codes = async () => (await recover(store, product)).map(({ code, repaired }) => [code, repaired])
const snapshot = () => readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()

describe('recover', () => {
  it('finds nothing in a store in order, and nothing in an empty one', async () => {
    const before = snapshot()
    expect(await codes()).toEqual([])
    expect(snapshot()).toEqual(before)
    const empty = storeAt(join(root, 'other'))
    expect(await recover(empty, product)).toEqual([])
    await prepareStore(empty, null)
    expect(await recover(empty, product)).toEqual([])
  })

  it('sweeps what runs that were cut short left', async () => {
    const before = snapshot()
    mkdirSync(join(store.virusDefs, 'tmp01234567.tmp', 'set'), { recursive: true })
    writeFileSync(join(store.virusDefs, 'definfo.dat.89abcdef.tmp'), 'half')
    symlinkSync('20261121.009', join(store.virusDefs, 'current.89abcdef.tmp'))
    writeFileSync(join(store.state, 'holds.json.89abcdef.tmp'), '')
    writeFileSync(join(store.provenance, '20261121.001.json.89abcdef.tmp'), '')
    writeFileSync(join(store.state, 'lock.0123456789abcdef'), '')
    expect(await codes()).toEqual(Array(6).fill(['leftover', true]))
    expect(snapshot()).toEqual(before)
  })

  it('leaves the lock, interrupted downloads and dropped files alone', async () => {
    mkdirSync(store.incoming)
    for (const path of [
      join(store.state, 'lock'),
      join(store.partial, 'x.tmp'),
      join(store.incoming, 'x.tmp'),
    ]) {
      writeFileSync(path, 'x')
    }
    expect(await codes()).toEqual([])
    expect(existsSync(join(store.partial, 'x.tmp')) && existsSync(join(store.incoming, 'x.tmp'))).toBe(true)
  })

  it('finishes a replacement between its two renames', async () => {
    const current = join(store.virusDefs, '20261121.002')
    const workspace = join(store.virusDefs, 'tmp01234567.tmp')
    mkdirSync(workspace)
    renameSync(current, join(workspace, '20261121.002.old'))
    laySet({ ...store, virusDefs: workspace }, '20261121.002', 'new')
    expect(await codes()).toEqual([
      ['set-unfinished', true],
      ['leftover', true],
    ])
    expect(readFileSync(join(current, 'VIRSCAN1.DAT'), 'utf8')).toContain('virscan new')
    expect(existsSync(workspace)).toBe(false)
  })

  it('puts the old set back when the new one is not whole', async () => {
    const current = join(store.virusDefs, '20261121.002')
    const workspace = join(store.virusDefs, 'tmp01234567.tmp')
    mkdirSync(join(workspace, '20261121.002'), { recursive: true })
    renameSync(current, join(workspace, '20261121.002.old'))
    expect(await codes()).toEqual([
      ['set-unfinished', true],
      ['leftover', true],
    ])
    expect(await isComplete(current)).toBe(true)
  })

  it('does not move in a set that nobody waits for', async () => {
    laySet({ ...store, virusDefs: join(store.virusDefs, 'tmp01234567.tmp') }, '20261121.003')
    expect(await codes()).toEqual([['leftover', true]])
    expect(await listSets(store)).toEqual(['20261121.002', '20261121.001'])
  })

  it.each([
    ['missing', () => unlinkSync(store.current)],
    ['dangling', () => repoint('20261121.009')],
    ['behind', () => repoint('20261121.001')],
    ['outside the store', () => repoint('/etc')],
    ['outside the store, by the name of the set', () => repoint('/elsewhere/20261121.002')],
    ['a way around', () => repoint('./20261121.002')],
  ])('points the link at the current set when it is %s', async (_, spoil) => {
    spoil()
    expect(await codes()).toEqual([['link-wrong', true]])
    expect(readlinkSync(store.current)).toBe('20261121.002')
  })

  function repoint(target: string) {
    unlinkSync(store.current)
    symlinkSync(target, store.current)
  }

  it('leaves a folder in the place of the link alone, and says so', async () => {
    unlinkSync(store.current)
    mkdirSync(store.current)
    expect(await codes()).toEqual([['link-wrong', false]])
    expect(lstatSync(store.current).isDirectory()).toBe(true)
  })

  it.each([
    ['under the set before', '[20261121.001]\r\nSMSMSE=1\r\nOTHER=1\r\n'],
    ['under a set that is gone', '[20200101.001]\r\nSMSMSE=1\r\n[20261121.001]\r\nOTHER=1\r\n'],
    ['twice', '[20261121.001]\r\nSMSMSE=1\r\nOTHER=1\r\n[20261121.002]\r\nSMSMSE=1\r\n'],
    ['nowhere', '[20261121.001]\r\nOTHER=1\r\n'],
  ])('lists our product under the current set when it stands %s', async (_, text) => {
    writeFileSync(store.usage, text)
    expect(await codes()).toEqual([['usage-behind', true]])
    expect(readFileSync(store.usage, 'latin1')).toBe(
      '[20261121.001]\r\nOTHER=1\r\n[20261121.002]\r\nSMSMSE=1\r\n',
    )
  })

  it('reports a current set that is gone and takes no other', async () => {
    rmSync(join(store.virusDefs, '20261121.002'), { recursive: true })
    expect(await codes()).toEqual([['pointer-dangling', false]])
    expect(readFileSync(store.definfo, 'latin1')).toContain('CurDefs=20261121.002')
  })

  it.each([
    ['absent', () => unlinkSync(store.definfo)],
    ['damaged', () => writeFileSync(store.definfo, '')],
  ])('reports a definfo.dat that is %s while sets are there', async (_, spoil) => {
    spoil()
    expect(await codes()).toEqual([['pointer-damaged', false]])
    expect(await listSets(store)).toHaveLength(2)
  })

  it('drops a previous set that is gone', async () => {
    rmSync(join(store.virusDefs, '20261121.001'), { recursive: true })
    expect(await codes()).toEqual([['previous-dangling', true]])
    expect(readFileSync(store.definfo, 'latin1')).toBe('[DefDates]\r\nCurDefs=20261121.002\r\n')
  })

  it('removes a half set that nobody names, and only that', async () => {
    const half = laySet(store, '20261120.001')
    rmSync(join(setDirectory(store, half), 'zdone.dat'))
    rmSync(join(store.virusDefs, '20261121.001', 'zdone.dat'))
    laySet(store, '20261119.001')
    expect(await codes()).toEqual([['set-incomplete', true]])
    expect(await listSets(store)).toEqual(['20261121.002', '20261121.001', '20261119.001'])
  })

  it('is content with what it did', async () => {
    unlinkSync(store.current)
    writeFileSync(store.usage, '')
    await recover(store, product)
    expect(await codes()).toEqual([])
  })

  it('only looks when it is asked to', async () => {
    unlinkSync(store.current)
    mkdirSync(join(store.virusDefs, 'tmp01234567.tmp'))
    const before = snapshot()
    expect(await inspect(store, product)).toMatchObject([
      { code: 'leftover', repaired: false },
      { code: 'link-wrong', repaired: false },
    ])
    expect(snapshot()).toEqual(before)
  })
})
