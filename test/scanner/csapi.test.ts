import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openScanner } from '../../src/scanner/kinds.ts'
import type { Scanner } from '../../src/scanner/scanner.ts'
import { contentsOf } from '../hawking/world.ts'
import { activeSet, freshStore, realContext } from './world.ts'

let world: Awaited<ReturnType<typeof freshStore>>
let path: string
let scanner: Scanner
const context = realContext()

beforeEach(async () => {
  world = await freshStore()
  path = join(world.root, 'csapi')
  scanner = openScanner({ kind: 'csapi', path }, world.store, world.desk)
})
afterEach(() => rmSync(world.root, { recursive: true, force: true }))

const hand = (name: string) => scanner.handOver(activeSet(world.store, name), context)

describe('the scanner with a copy of its own', () => {
  it('uses nothing at first', async () => {
    expect(await scanner.inUse()).toBeNull()
  })

  it('gets a whole copy and both pointers', async () => {
    expect(await hand('20261121.001')).toEqual({ set: '20261121.001', proof: 'copy' })
    expect(await scanner.inUse()).toBe('20261121.001')
    expect(contentsOf(join(path, '20261121.001'))).toEqual(
      contentsOf(join(world.store.virusDefs, '20261121.001')),
    )
    expect(readFileSync(join(path, 'definfo.dat'), 'latin1')).toBe('[DefDates]\r\nCurDefs=20261121.001\r\n')
    expect(readlinkSync(join(path, 'current'))).toBe('20261121.001')
    expect(readdirSync(path).sort()).toEqual(['20261121.001', 'current', 'definfo.dat'])
  })

  it('shares no inode with the store', async () => {
    const active = activeSet(world.store, '20261121.001')
    mkdirSync(join(active.directory, 'below'))
    writeFileSync(join(active.directory, 'below', 'file'), 'x')
    await scanner.handOver(active, context)
    for (const name of readdirSync(active.directory, { recursive: true, encoding: 'utf8' })) {
      const [original, copy] = [join(active.directory, name), join(path, active.set, name)].map((one) =>
        lstatSync(one),
      )
      expect(copy?.ino).not.toBe(original?.ino)
      expect(copy?.mode).toBe(original?.mode)
    }
  })

  it('keeps the copy before, and no older one', async () => {
    for (const name of ['20261121.001', '20261121.002', '20261121.003']) await hand(name)
    expect(readdirSync(path).sort()).toEqual(['20261121.002', '20261121.003', 'current', 'definfo.dat'])
    expect(readFileSync(join(path, 'definfo.dat'), 'latin1')).toContain('LastDefs=20261121.002')
  })

  it('goes back to an older set', async () => {
    for (const name of ['20261121.001', '20261121.002', '20261121.001']) await hand(name)
    expect(await scanner.inUse()).toBe('20261121.001')
    expect(readFileSync(join(path, 'definfo.dat'), 'latin1')).toContain('LastDefs=20261121.002')
  })

  it('leaves a faithful copy of the same set alone', async () => {
    await hand('20261121.001')
    const before = statSync(join(path, '20261121.001'))
    await hand('20261121.001')
    expect(statSync(join(path, '20261121.001')).ino).toBe(before.ino)
  })

  it('replaces a damaged copy of the same set', async () => {
    await hand('20261121.001')
    writeFileSync(join(path, '20261121.001', 'VIRSCAN1.DAT'), 'damaged')
    await hand('20261121.001')
    expect(contentsOf(join(path, '20261121.001'))).toEqual(
      contentsOf(join(world.store.virusDefs, '20261121.001')),
    )
  })

  it('refuses a set that is not what its guard says, and stays on the old one', async () => {
    await hand('20261121.001')
    const active = activeSet(world.store, '20261121.002')
    writeFileSync(join(active.directory, 'TSCAN1.DAT'), 'damaged')
    await expect(scanner.handOver(active, context)).rejects.toMatchObject({ code: 'SCANNER_REFUSED' })
    expect(await scanner.inUse()).toBe('20261121.001')
    expect(readdirSync(path).sort()).toEqual(['20261121.001', 'current', 'definfo.dat'])
  })

  it('sweeps what a killed run left', async () => {
    mkdirSync(join(path, 'tmp01234567.tmp', 'x'), { recursive: true })
    await hand('20261121.001')
    expect(readdirSync(path)).not.toContain('tmp01234567.tmp')
  })

  it('has nothing in use when the named copy is gone', async () => {
    await hand('20261121.001')
    rmSync(join(path, '20261121.001'), { recursive: true })
    expect(await scanner.inUse()).toBeNull()
  })

  it('says so when it is interrupted or cannot write', async () => {
    const active = activeSet(world.store, '20261121.001')
    const aborted = realContext(AbortSignal.abort())
    await expect(scanner.handOver(active, aborted)).rejects.toMatchObject({ code: 'INTERRUPTED' })
    rmSync(path, { recursive: true, force: true })
    writeFileSync(path, 'a file')
    await expect(scanner.handOver(active, context)).rejects.toMatchObject({ code: 'STORE_IO' })
  })
})
