import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { syncOpenFolder, writeFileAtomic } from '../../src/disk/atomic-file.ts'
import { fileTime } from '../support/file-time.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-atomic-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A folder that answers fsync so, as file systems of networks and of FUSE do. */
const answering = (code: string) =>
  ({ sync: () => Promise.reject(Object.assign(new Error(code), { code })) }) as unknown as FileHandle

describe('flushing a folder', () => {
  it.each(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])('%s is no failure', async (code) => {
    await expect(syncOpenFolder(answering(code))).resolves.toBeUndefined()
  })

  it.each(['EIO', 'ENOSPC', 'EROFS', 'EACCES'])('%s is one', async (code) => {
    await expect(syncOpenFolder(answering(code))).rejects.toMatchObject({ code })
  })
})

describe('what takes the place of a published file', () => {
  const path = () => join(folder, 'timestamp.json')
  const second = () => Math.floor(statSync(path()).mtimeMs / 1000)

  it('is younger by a second, however often it is replaced', async () => {
    await writeFileAtomic(path(), 'a', 0o644, true)
    for (const text of ['b', 'c', 'd']) {
      const before = second()
      await writeFileAtomic(path(), text, 0o644, true)
      expect(second()).toBeGreaterThan(before)
      expect(readFileSync(path(), 'utf8')).toBe(text)
    }
  })

  it('is younger than one from the future, and leaves an older one its time', async () => {
    writeFileSync(path(), 'x')
    const future = new Date(fileTime(dirname(path())) + 3_600_000)
    utimesSync(path(), future, future)
    await writeFileAtomic(path(), 'y', 0o644, true)
    expect(statSync(path()).mtimeMs).toBeGreaterThanOrEqual(future.getTime() + 999)
    const past = new Date('2020-01-01T00:00:00Z')
    utimesSync(path(), past, past)
    await writeFileAtomic(path(), 'z', 0o644, true)
    expect(Math.abs(statSync(path()).mtimeMs - fileTime(dirname(path())))).toBeLessThan(60_000)
  })
})
