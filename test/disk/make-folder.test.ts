import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeFolder } from '../../src/disk/make-folder.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'defs-folder-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

it('makes what is missing above it, too, and says whether it made it', async () => {
  const path = join(root, 'a', 'b', 'c')
  expect(await makeFolder(path, 0o755)).toBe(true)
  expect(statSync(path).isDirectory()).toBe(true)
  expect(await makeFolder(path, 0o755)).toBe(false)
})

it('leaves alone what is in the way', async () => {
  writeFileSync(join(root, 'file'), '')
  expect(await makeFolder(join(root, 'file'), 0o755)).toBe(false)
  await expect(makeFolder(join(root, 'file', 'a', 'b'), 0o755)).rejects.toMatchObject({ code: 'ENOTDIR' })
  symlinkSync(join(root, 'nowhere'), join(root, 'link'))
  await expect(makeFolder(join(root, 'link', 'a'), 0o755)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(existsSync(join(root, 'nowhere'))).toBe(false)
})
