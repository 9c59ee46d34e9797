import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { activate } from '../../src/hawking/activate.ts'
import { readPointer } from '../../src/hawking/pointer.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import type { Store } from '../../src/hawking/store.ts'
import { laySet, product, reproved, storeAt } from './world.ts'

let root: string
let store: Store

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-activate-'))
  store = storeAt(root)
  await prepareStore(store, null)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const makeCurrent = (name: string) => activate(reproved(store, laySet(store, name)), store, product)

describe('activate', () => {
  it('points everything at the first set', async () => {
    const active = await makeCurrent('20261121.001')
    expect(active).toEqual({
      set: '20261121.001',
      directory: join(store.virusDefs, '20261121.001'),
      previous: null,
    })
    expect(readFileSync(store.definfo, 'latin1')).toBe('[DefDates]\r\nCurDefs=20261121.001\r\n')
    expect(readFileSync(store.usage, 'latin1')).toBe('[20261121.001]\r\nSMSMSE=1\r\n')
    expect(readlinkSync(store.current)).toBe('20261121.001')
    expect(readdirSync(store.virusDefs).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('remembers what was current before', async () => {
    await makeCurrent('20261121.001')
    expect(await makeCurrent('20261121.002')).toMatchObject({ previous: '20261121.001' })
    expect(await readPointer(store)).toEqual({
      state: 'ok',
      current: '20261121.002',
      previous: '20261121.001',
    })
    expect(readlinkSync(store.current)).toBe('20261121.002')
  })

  it('keeps the previous set when the same one is activated again', async () => {
    await makeCurrent('20261121.001')
    await makeCurrent('20261121.002')
    expect(await makeCurrent('20261121.002')).toMatchObject({ previous: '20261121.001' })
  })

  it('names no previous set that is gone', async () => {
    await makeCurrent('20261121.001')
    await makeCurrent('20261121.002')
    rmSync(join(store.virusDefs, '20261121.002'), { recursive: true })
    expect(await makeCurrent('20261121.003')).toMatchObject({ previous: '20261121.001' })
    rmSync(join(store.virusDefs, '20261121.001'), { recursive: true })
    rmSync(join(store.virusDefs, '20261121.003'), { recursive: true })
    expect(await makeCurrent('20261121.004')).toMatchObject({ previous: null })
  })

  it('minds no odd definfo.dat', async () => {
    writeFileSync(store.definfo, Buffer.from([0, 255, 13, 10, 91]))
    expect(await readPointer(store)).toMatchObject({ state: 'damaged', current: null })
    expect(await makeCurrent('20261121.001')).toMatchObject({ previous: null })
  })

  it('leaves the lines of other products alone, whatever their bytes', async () => {
    const others = Buffer.from('[20200101.001]\r\nNAVCORP_70=1\r\n; m\xfcller\r\n', 'latin1')
    writeFileSync(store.usage, others)
    await makeCurrent('20261121.001')
    expect(readFileSync(store.usage).subarray(0, others.length)).toEqual(others)
  })

  it('refuses a set that is not whole, and changes nothing', async () => {
    const set = laySet(store, '20261121.001')
    rmSync(join(store.virusDefs, set, 'zdone.dat'))
    await expect(activate(reproved(store, set), store, product)).rejects.toMatchObject({
      code: 'STORE_POINTER',
    })
    expect(existsSync(store.definfo)).toBe(false)
  })

  it('refuses to replace a folder named current, and changes nothing', async () => {
    mkdirSync(store.current)
    await expect(makeCurrent('20261121.001')).rejects.toMatchObject({ code: 'STORE_POINTER' })
    expect(existsSync(store.definfo)).toBe(false)
  })
})
