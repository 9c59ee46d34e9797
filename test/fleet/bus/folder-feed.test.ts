import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { folderFeed } from '../../../src/fleet/bus/folder-feed.ts'
import { reportLimit } from '../../../src/fleet/report.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-reports-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = () =>
  folderFeed(
    folder,
    () => new Date('2026-11-28T12:00:00Z'),
    async () => undefined,
  )
const put = (name: string, text: string) => writeFileSync(join(folder, name), text)

describe('reports in a folder that others may write to', () => {
  it.skipIf(process.platform === 'win32')(
    'are regular files of their size: a link, a pipe, a device or more is not read, and not waited at',
    async () => {
      put('well.json', 'report')
      put('long.json', 'x'.repeat(reportLimit + 1))
      put('other.txt', 'none of ours')
      symlinkSync(join(folder, 'other.txt'), join(folder, 'link.json'))
      symlinkSync('/dev/zero', join(folder, 'device.json'))
      execFileSync('mkfifo', [join(folder, 'pipe.json')])
      mkdirSync(join(folder, 'folder.json'))
      const taken = await open().take()
      expect(taken.map(({ name, bytes }) => [name, bytes?.toString() ?? null])).toEqual([
        ['device', null],
        ['folder', null],
        ['link', null],
        ['long', null],
        ['pipe', null],
        ['well', 'report'],
      ])
    },
  )

  it('are heard in turn and so many at once, whoever fills the folder or writes his own without end', async () => {
    for (let at = 0; at < 2500; at += 1) put(`a${String(at).padStart(4, '0')}.json`, 'x')
    put('z.json', 'honest')
    const feed = open()
    const first = await feed.take()
    expect(first).toHaveLength(2000)
    for (let at = 0; at < 2500; at += 1) {
      const path = join(folder, `a${String(at).padStart(4, '0')}.json`)
      utimesSync(path, 1, 1)
    }
    const second = await feed.take()
    expect(second).toHaveLength(2000)
    expect(second.map(({ name }) => name)).toContain('z')
  })

  it('that cannot be listed are told, and nothing is taken in', async () => {
    const feed = folderFeed(
      join(folder, 'gone'),
      () => new Date(0),
      async () => undefined,
    )
    expect(await feed.take()).toEqual([])
    expect(feed.state()).toMatchObject({ state: 'away', reason: expect.stringContaining('gone') })
  })
})
