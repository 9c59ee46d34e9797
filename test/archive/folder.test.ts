import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readFolder } from '../../src/archive/folder.ts'
import { contentOfFile } from '../../src/archive/walk.ts'
import { limits } from '../../src/limits.ts'
import { asNobody } from '../support/as-nobody.ts'
import { noise } from '../support/noise.ts'
import { expectCode, names, opened, room, sha256, tree, worldOf } from './workshop.ts'

const options = () => ({
  algorithms: ['sha256', 'sha1'] as const,
  context: worldOf(),
  signal: new AbortController().signal,
})

function folderOfFiles(): string {
  const set = room()
  mkdirSync(join(set, 'sub'))
  writeFileSync(join(set, 'V.GRD'), 'guard')
  writeFileSync(join(set, 'v.sig'), 'signature')
  writeFileSync(join(set, 'sub', 'BIG.DAT'), Buffer.alloc(3 << 20, 'virus'))
  writeFileSync(join(set, 'EMPTY.DAT'), '')
  return set
}

async function found(set: string): Promise<unknown[]> {
  const { problems } = await readFolder(set, options())
  return problems.map(({ file, code }) => [file, code])
}

describe('archive/folder', () => {
  it('reads every file as it lies', async () => {
    const set = folderOfFiles()
    const { opened: read, problems } = await readFolder(set, options())
    expect(problems).toEqual([])
    expect(names(read)).toEqual(['EMPTY.DAT', 'V.GRD', 'sub/BIG.DAT', 'v.sig'])
    expect(read.files[2]).toMatchObject({ bytes: 3 << 20, sha256: sha256(Buffer.alloc(3 << 20, 'virus')) })
    expect(read.files[0]?.sha1).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709')
    expect(Buffer.from(read.guard ?? []).toString()).toBe('guard')
    expect(Buffer.from(read.signature ?? []).toString()).toBe('signature')
    expect(read.directory).toBe(set)
    expect(tree(set)).toHaveLength(4)
  })

  it.skipIf(process.platform === 'win32')('lists every problem and reads the rest', async () => {
    const set = folderOfFiles()
    symlinkSync('/etc/passwd', join(set, 'link'))
    symlinkSync('sub', join(set, 'other'))
    execFileSync('mkfifo', [join(set, 'sub', 'pipe')])
    writeFileSync(join(set, 'v.grd'), 'second')
    writeFileSync(join(set, 'CON'), 'x')
    writeFileSync(join(set, 'a\\b'), 'x')
    const { opened: read, problems } = await readFolder(set, options())
    expect(problems.map(({ file, code }) => [file, code])).toEqual([
      ['CON', 'ARCHIVE_NAME_DEVICE'],
      ['a\\b', 'ARCHIVE_NAME_BACKSLASH'],
      ['link', 'ARCHIVE_LINK'],
      ['other', 'ARCHIVE_LINK'],
      ['sub/pipe', 'ARCHIVE_SPECIAL'],
      ['v.grd', 'ARCHIVE_COLLISION'],
    ])
    expect(names(read)).toEqual(['EMPTY.DAT', 'V.GRD', 'sub/BIG.DAT', 'v.sig'])
  })

  it('lists a guard beyond its bound, and a folder that is not there', async () => {
    const set = folderOfFiles()
    writeFileSync(join(set, 'V.GRD'), Buffer.alloc(limits.guard + 1))
    expect(await found(set)).toEqual([['V.GRD', 'ARCHIVE_BOMB_TOTAL']])
    expect(await found(join(set, 'absent'))).toEqual([[null, 'STORE_IO']])
    expect((await readFolder(join(set, 'absent'), options())).opened.files).toEqual([])
  })

  it('goes no deeper than the bound', async () => {
    const set = room()
    mkdirSync(join(set, ...Array.from({ length: limits.depth + 5 }, () => 'd')), { recursive: true })
    expect(await found(set)).toEqual([
      [Array.from({ length: limits.depth + 2 }, () => 'd').join('/'), 'ARCHIVE_NAME_INVALID'],
    ])
  })

  it.skipIf(process.platform === 'win32')('lists a file it may not read', async () => {
    const set = folderOfFiles()
    chmodSync(join(set, 'v.sig'), 0)
    expect(await asNobody(set, () => found(set))).toEqual([['v.sig', 'STORE_PERMISSION']])
  })

  it('is interrupted as a whole', async () => {
    const signal = AbortSignal.abort()
    await expectCode(readFolder(folderOfFiles(), { ...options(), signal }), 'INTERRUPTED')
  })

  it.skipIf(process.platform === 'win32')(
    'does not follow a link that took the place of a file',
    async () => {
      const set = folderOfFiles()
      symlinkSync(join(set, 'V.GRD'), join(set, 'link'))
      const never = new AbortController().signal
      await expectCode(contentOfFile(join(set, 'link'), never).next(), 'ARCHIVE_LINK')
      execFileSync('mkfifo', [join(set, 'pipe')])
      await expectCode(contentOfFile(join(set, 'pipe'), never).next(), 'ARCHIVE_SPECIAL')
    },
  )
})

describe('archive/folder as a package', () => {
  it('copies the files', async () => {
    const set = await opened(folderOfFiles())
    expect(tree(set.directory).sort()).toEqual(['EMPTY.DAT', 'V.GRD', join('sub', 'BIG.DAT'), 'v.sig'])
    expect(Buffer.from(set.guard ?? []).toString()).toBe('guard')
  })

  it.skipIf(process.platform === 'win32')('refuses links, too many files and too many bytes', async () => {
    const set = folderOfFiles()
    await expectCode(opened(set, { entries: 4 }), 'ARCHIVE_TOO_MANY')
    await expectCode(opened(set, { unpacked: 3 << 20 }), 'ARCHIVE_BOMB_TOTAL')
    symlinkSync('/etc/passwd', join(set, 'link'))
    await expectCode(opened(set), 'ARCHIVE_LINK')
  })

  it('reads files one after the other into the same room, but what was left midway into other room', async () => {
    const set = room()
    const path = join(set, 'BIG.DAT')
    writeFileSync(path, noise(limits.smallFile + 1))
    const { signal } = new AbortController()
    const roomOf = async (whole: boolean) => {
      const rooms: ArrayBufferLike[] = []
      for await (const piece of contentOfFile(path, signal)) {
        rooms.push(piece.buffer)
        if (!whole) break
      }
      return rooms[0]
    }
    const left = await roomOf(false)
    const first = await roomOf(true)
    expect(first).not.toBe(left)
    expect(await roomOf(true)).toBe(first)
    const [one, other] = await Promise.all([roomOf(true), roomOf(true)])
    expect(one).not.toBe(other)
  })
})
