import { execFileSync } from 'node:child_process'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  emptyFolder,
  openInPlace,
  openToAppend,
  readForeign,
  readNamed,
  readSmall,
  refuseLink,
} from '../../src/disk/foreign-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'defs-foreign-')))
  path = join(folder, 'file')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const most = 10_000

/** Things that are no file of ours, each put at the path. */
const traps: readonly [what: string, put: () => void][] = [
  ['a pipe', () => execFileSync('mkfifo', [path])],
  ['a device', () => symlinkSync('/dev/zero', path)],
  ['a folder', () => mkdirSync(path)],
  [
    'bytes',
    () => {
      writeFileSync(path, '')
      truncateSync(path, most + 1)
    },
  ],
]

describe.skipIf(process.platform === 'win32')('the door to files of others', () => {
  it.each(traps)('neither waits for nor swallows %s', async (what, put) => {
    put()
    await expect(readNamed(path, most)).rejects.toMatchObject({
      code: 'STORE_IO',
      message: expect.stringContaining(what),
    })
    await expect(readForeign(path, most)).rejects.toMatchObject({ code: 'STORE_IO' })
    expect(() => readSmall(path, most)).toThrow(/link|not a regular file|more than/)
    expect(await openInPlace(path).then((file) => file?.close() ?? null)).toBe(
      what === 'bytes' ? undefined : null,
    )
  })

  it('follows a link only for what the configuration names', async () => {
    writeFileSync(join(folder, 'real'), 'text')
    symlinkSync(join(folder, 'real'), path)
    expect((await readNamed(path, most)).toString()).toBe('text')
    await expect(readForeign(path, most)).rejects.toThrow('is a link')
    expect(() => readSmall(path, most)).toThrow('is a link')
    expect(await openInPlace(path)).toBeNull()
  })

  it('reads files of exactly the size, and those that claim to have none', async () => {
    writeFileSync(path, 'x'.repeat(most))
    expect((await readForeign(path, most)).bytes.length).toBe(most)
    expect((await readForeign('/proc/self/status', most)).bytes.length).toBeGreaterThan(100)
  })

  it('appends to a file of its own, and through nothing', () => {
    const target = join(folder, 'target')
    writeFileSync(target, 'before')
    symlinkSync(target, path)
    expect(() => openToAppend(path, 0o600)).toThrow('is a link')
    expect(readFileSync(target, 'utf8')).toBe('before')
    execFileSync('mkfifo', [join(folder, 'pipe')])
    expect(() => openToAppend(join(folder, 'pipe'), 0o600)).toThrow('is a pipe')
    closeSync(openToAppend(target, 0o600))
  })

  it('opens in place what no link leads to', async () => {
    mkdirSync(join(folder, 'real'))
    writeFileSync(join(folder, 'real', 'file'), 'text')
    symlinkSync(join(folder, 'real'), join(folder, 'way'))
    expect(await openInPlace(join(folder, 'way', 'file'))).toBeNull()
    const file = await openInPlace(join(folder, 'real', 'file'))
    expect((await file?.readFile())?.toString()).toBe('text')
    await file?.close()
  })

  it('empties its own folder, but for what is to stay, and none behind a link', async () => {
    mkdirSync(join(folder, 'victim', 'below'), { recursive: true })
    writeFileSync(join(folder, 'victim', 'passwd'), 'x')
    symlinkSync(join(folder, 'victim'), path)
    expect(() => emptyFolder(path)).toThrow()
    await expect(refuseLink(path)).rejects.toMatchObject({ code: 'STORE_PERMISSION' })
    expect(existsSync(join(folder, 'victim', 'passwd'))).toBe(true)
    emptyFolder(join(folder, 'victim'), ['passwd'])
    expect([
      existsSync(join(folder, 'victim', 'passwd')),
      existsSync(join(folder, 'victim', 'below')),
    ]).toEqual([true, false])
  })

  it.runIf(process.getuid?.() === 0)('removes nothing in a folder of somebody else', () => {
    mkdirSync(path)
    writeFileSync(join(path, 'kept'), 'x')
    chownSync(path, 65534, 65534)
    expect(() => emptyFolder(path)).toThrow('belongs to somebody else')
    expect(existsSync(join(path, 'kept'))).toBe(true)
  })
})
