import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isHeldOpen, removeOrLeave, renamePatiently } from '../../src/disk/rename.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import { prune } from '../../src/hawking/prune.ts'
import { laySet, set, storeAt } from '../hawking/world.ts'

// A folder with something mounted on it can be neither renamed nor removed: EBUSY, as for a file that is open
// on Windows.
const canMount = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'defs-mount-'))
  const mounted = spawnSync('mount', ['--bind', folder, folder]).status === 0
  if (mounted) execFileSync('umount', [folder])
  rmSync(folder, { recursive: true, force: true })
  return mounted
})()

const platform = process.platform
const become = (value: NodeJS.Platform) => Object.defineProperty(process, 'platform', { value })
let root: string
let held: string
const letGo = () => spawnSync('umount', [held])

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'defs-held-'))
  held = join(root, 'held')
})
afterEach(() => {
  become(platform)
  letGo()
  rmSync(root, { recursive: true, force: true })
})

function hold(path = held): void {
  held = path
  mkdirSync(held, { recursive: true })
  execFileSync('mount', ['--bind', held, held])
}

describe.skipIf(!canMount)('what another program has open', () => {
  it('is renamed on Windows once it is let go, and refused at once elsewhere', async () => {
    hold()
    await expect(renamePatiently(held, join(root, 'new'))).rejects.toMatchObject({ code: 'EBUSY' })
    become('win32')
    const renamed = renamePatiently(held, join(root, 'new'))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(existsSync(held)).toBe(true)
    letGo()
    await renamed
    expect(existsSync(join(root, 'new'))).toBe(true)
  })

  it('waits for nothing that is plainly wrong', async () => {
    become('win32')
    await expect(renamePatiently(join(root, 'nothing'), held)).rejects.toMatchObject({ code: 'ENOENT' })
    await removeOrLeave(join(root, 'nothing'))
    expect(isHeldOpen(Object.assign(new Error('full'), { code: 'ENOSPC' }))).toBe(false)
  })

  it('stays where it is on Windows, and a set of that kind outlives pruning with the reason told', async () => {
    const store = storeAt(join(root, 'store'))
    await prepareStore(store, null)
    for (const name of ['20261101.001', '20261102.001', '20261103.001']) laySet(store, name)
    writeFileSync(store.definfo, '[DefDates]\r\nCurDefs=20261103.001\r\n')
    hold(join(store.virusDefs, '20261101.001'))
    await expect(prune(store, { keep: 1 })).rejects.toMatchObject({ code: 'STORE_IO' })
    laySet(store, '20261102.002')
    become('win32')
    const choice = await prune(store, { keep: 1 })
    expect(choice.remove).toContain(set('20261102.002'))
    expect(choice.kept).toContainEqual({ set: '20261101.001', why: 'open in another program' })
    expect(existsSync(held)).toBe(true)
    await removeOrLeave(held)
    expect(existsSync(held)).toBe(true)
  }, 30_000)
})
