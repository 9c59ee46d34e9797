import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freeSpace } from '../../src/disk/free-space.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import { makeWorkspace } from '../../src/hawking/sets.ts'
import { storeAt } from './world.ts'

const isRoot = process.geteuid?.() === 0
let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'defs-prepare-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const mode = (path: string) => statSync(path).mode & 0o777

describe('prepareStore', () => {
  it('makes a store that others may walk but not look into', async () => {
    const store = storeAt(join(root, 'a', 'b'))
    const umask = process.umask(0o027)
    await prepareStore(store, null).finally(() => process.umask(umask))
    expect([store.root, store.virusDefs, store.state].map(mode)).toEqual([0o755, 0o755, 0o700])
    for (const path of [store.partial, store.quarantine, store.provenance])
      expect(existsSync(path)).toBe(true)
  })

  it('closes a state that was open and leaves other modes alone', async () => {
    const store = storeAt(root)
    chmodSync(root, 0o750)
    mkdirSync(store.state, { mode: 0o755 })
    await prepareStore(store, null)
    expect([mode(root), mode(store.state)]).toEqual([0o750, 0o700])
  })

  it('refuses a file in the place of a folder', async () => {
    writeFileSync(join(root, 'file'), '')
    await expect(prepareStore(storeAt(join(root, 'file')), null)).rejects.toMatchObject({ code: 'STORE_IO' })
    await expect(prepareStore(storeAt(join(root, 'file', 'below')), null)).rejects.toMatchObject({
      code: 'STORE_IO',
    })
    writeFileSync(join(root, 'state'), '')
    await expect(prepareStore(storeAt(root), null)).rejects.toMatchObject({ code: 'STORE_IO' })
  })

  it('takes a link of our own, and refuses one that others can turn', async () => {
    mkdirSync(join(root, 'real'))
    symlinkSync('real', join(root, 'link'))
    await prepareStore(storeAt(join(root, 'link')), null)
    expect(existsSync(join(root, 'real', 'VirusDefs'))).toBe(true)
    chmodSync(root, 0o777)
    await expect(prepareStore(storeAt(join(root, 'link')), null)).rejects.toMatchObject({
      code: 'STORE_PERMISSION',
    })
  })

  it.skipIf(!isRoot)('refuses a link of a stranger', async () => {
    mkdirSync(join(root, 'real'))
    symlinkSync('real', join(root, 'link'))
    lchownSync(join(root, 'link'), 12_345, 12_345)
    await expect(prepareStore(storeAt(join(root, 'link')), null)).rejects.toMatchObject({
      code: 'STORE_PERMISSION',
    })
  })

  it('refuses a group that is not there before it makes anything', async () => {
    const store = storeAt(join(root, 'new'))
    await expect(prepareStore(store, 'no-such-group')).rejects.toMatchObject({ code: 'STORE_PERMISSION' })
    expect(existsSync(store.root)).toBe(false)
  })
})

describe('makeWorkspace', () => {
  it('makes a private folder among the sets and removes it with everything', async () => {
    const store = storeAt(root)
    await prepareStore(store, null)
    const workspace = await makeWorkspace(store)
    expect(workspace.directory).toMatch(/\/VirusDefs\/tmp[0-9a-f]{8}\.tmp$/)
    expect(mode(workspace.directory)).toBe(0o700)
    writeFileSync(join(workspace.set, 'file'), 'x')
    await workspace.remove()
    await workspace.remove()
    expect(existsSync(workspace.directory)).toBe(false)
  })
})

describe('freeSpace', () => {
  it('tells of the disk', async () => {
    const { free, total, fraction } = await freeSpace(root)
    expect(total).toBeGreaterThan(0)
    expect(free).toBeLessThanOrEqual(total)
    expect(fraction).toBeCloseTo(free / total, 1)
    await expect(freeSpace(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'STORE_IO' })
  })
})
