import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { activate } from '../../src/hawking/activate.ts'
import { readPointer } from '../../src/hawking/pointer.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import type { Store } from '../../src/hawking/store.ts'
import { laySet, product, reproved, set, storeAt } from './world.ts'

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

describe('the times of a set that becomes current', () => {
  const fileOf = (name: string, file = 'VIRSCAN1.DAT') => join(store.virusDefs, name, file)
  const timeOf = (path: string) => statSync(path).mtimeMs

  it.each([
    ['older, as after a rollback', -3_600_000],
    ['of the same second', 0],
    ['in the future, like those of a wrong clock', -7_200_000 - 86_400_000 * 400],
  ])('are never older than those it replaces: %s', async (_, difference) => {
    await makeCurrent('20261121.001')
    await makeCurrent('20261121.002')
    const whole = Math.floor(Date.now() / 1000) * 1000
    const replaced = new Date(whole - 600_000 - Math.min(0, difference + 86_400_000))
    for (const file of ['VIRSCAN1.DAT', 'TSCAN1.DAT']) {
      utimesSync(fileOf('20261121.002', file), replaced, replaced)
      const own = new Date(replaced.getTime() + difference)
      utimesSync(fileOf('20261121.001', file), own, own)
    }
    await activate(reproved(store, set('20261121.001')), store, product)
    for (const file of ['VIRSCAN1.DAT', 'TSCAN1.DAT'])
      expect(timeOf(fileOf('20261121.001', file))).toBeGreaterThanOrEqual(replaced.getTime() + 1000)
  })

  it('stay where they are newer, and where nothing is replaced', async () => {
    await makeCurrent('20261121.001')
    const late = new Date(Math.floor(Date.now() / 1000) * 1000 + 60_000)
    laySet(store, '20261121.002')
    utimesSync(fileOf('20261121.002'), late, late)
    writeFileSync(join(store.virusDefs, '20261121.002', 'NEW.DAT'), 'new')
    const early = new Date('2020-01-01T00:00:00Z')
    utimesSync(join(store.virusDefs, '20261121.002', 'NEW.DAT'), early, early)
    await activate(reproved(store, set('20261121.002')), store, product)
    expect(timeOf(fileOf('20261121.002'))).toBe(late.getTime())
    expect(timeOf(fileOf('20261121.002', 'NEW.DAT'))).toBe(early.getTime())
  })
})
