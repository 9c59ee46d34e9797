import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTransport } from '../../src/transport/open-transport.ts'
import type { Opening, Transport } from '../../src/transport/transport.ts'
import { reachWith } from '../support/reach.ts'

const quiet = new AbortController().signal
const big = Buffer.alloc(3_000_000, 'definitions ')
let outer: string
let share: string
let transport: Transport

beforeEach(() => {
  outer = mkdtempSync(join(tmpdir(), 'defs-directory-'))
  share = join(outer, 'share of #1')
  mkdirSync(join(share, 'sub'), { recursive: true })
  writeFileSync(join(share, 'a file.bin'), 'hello')
  writeFileSync(join(share, 'big.bin'), big)
  writeFileSync(join(outer, 'secret'), 'secret')
  transport = openTransport(share, reachWith())
})
afterEach(() => rmSync(outer, { recursive: true, force: true }))

async function bytesOf(opening: Opening): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of opening.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('a folder', () => {
  test('is read and listed, by path or file address', async () => {
    const address = openTransport(pathToFileURL(share).href, reachWith())
    expect(address.url).toBe(transport.url)
    expect(address.url.endsWith('/')).toBe(true)
    expect((await address.read('a file.bin', 5, quiet))?.bytes).toHaveLength(5)
    expect(await transport.read('none', 5, quiet)).toBeNull()
    expect(await transport.read('a file.bin/none', 5, quiet)).toBeNull()
    expect(await transport.read('sub', 5, quiet)).toBeNull()
    expect(
      (await transport.list('', quiet))?.map(({ name, folder, bytes }) => [name, folder, bytes]),
    ).toEqual([
      ['a file.bin', false, 5],
      ['big.bin', false, big.length],
      ['sub', true, null],
    ])
    expect(await transport.list('sub/', quiet)).toEqual([])
    expect(await transport.list('none', quiet)).toBeNull()
    expect(await transport.list('a file.bin', quiet)).toBeNull()
  })

  test('bounds what is read', async () => {
    await expect(transport.read('big.bin', 10, quiet)).rejects.toMatchObject({ code: 'INDEX_TOO_LARGE' })
  })

  test('opens and resumes; a changed file is sent from its beginning', async () => {
    const remote = transport.remote('big.bin')
    const whole = await remote.open(null, quiet)
    expect(whole).toMatchObject({ start: 0, total: big.length })
    expect((await bytesOf(whole)).equals(big)).toBe(true)
    const resume = { offset: 2_000_000, validator: whole.validator ?? '' }
    const rest = await remote.open(resume, quiet)
    expect(rest.start).toBe(2_000_000)
    expect(await bytesOf(rest)).toHaveLength(1_000_000)
    utimesSync(join(share, 'big.bin'), 1, 1)
    const anew = await remote.open(resume, quiet)
    expect(anew.start).toBe(0)
    await bytesOf(anew)
    const whatever = await remote.open({ ...resume, validator: '' }, quiet)
    expect(whatever.start).toBe(2_000_000)
    await bytesOf(whatever)
  })

  test('that is not there is a share that is not mounted', async () => {
    renameSync(share, join(outer, 'elsewhere'))
    await expect(transport.read('a file.bin', 5, quiet)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    await expect(transport.list('', quiet)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  })
})

describe('what is refused', () => {
  test.each(['../secret', 'sub/../../secret', './big.bin', 'a\nb'])('the path %j', async (path) => {
    await expect(transport.read(path, 100, quiet)).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL' })
  })

  test.skipIf(process.platform === 'win32')('links that lead out; links inside are followed', async () => {
    symlinkSync(join(outer, 'secret'), join(share, 'out'))
    // A folder whose name begins with that of the share is another one.
    mkdirSync(`${share}-private`)
    writeFileSync(join(`${share}-private`, 'secret'), 'secret')
    symlinkSync(`${share}-private`, join(share, 'beside'))
    symlinkSync(outer, join(share, 'sub', 'up'))
    symlinkSync('../a file.bin', join(share, 'sub', 'in'))
    for (const path of ['out', 'sub/up/secret', 'beside/secret']) {
      await expect(transport.read(path, 100, quiet)).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL' })
      await expect(transport.remote(path).open(null, quiet)).rejects.toMatchObject({
        code: 'SOURCE_PROTOCOL',
      })
    }
    for (const path of ['sub/up', 'beside'])
      await expect(transport.list(path, quiet)).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL' })
    expect((await transport.read('sub/in', 100, quiet))?.bytes).toHaveLength(5)
  })

  test.skipIf(process.platform === 'win32')('a pipe in the place of a file does not hold us up', async () => {
    execFileSync('mkfifo', [join(share, 'pipe')])
    expect(await transport.read('pipe', 100, quiet)).toBeNull()
    await expect(transport.remote('pipe').open(null, quiet)).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
    })
  })

  test('a file that changes while it is read', async () => {
    const opening = await transport.remote('big.bin').open(null, quiet)
    appendFileSync(join(share, 'big.bin'), 'more')
    await expect(bytesOf(opening)).rejects.toMatchObject({
      code: 'SOURCE_INTERRUPTED',
      facts: { transient: true },
    })
  })

  test('anything after the run was interrupted', async () => {
    const controller = new AbortController()
    const opening = await transport.remote('big.bin').open(null, controller.signal)
    controller.abort()
    await expect(bytesOf(opening)).rejects.toMatchObject({ code: 'INTERRUPTED' })
    await expect(transport.list('', controller.signal)).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})

test.each(['gopher://127.0.0.1/', 'data://x', 'http://'])('%j is no address of a source', (address) => {
  expect(() => openTransport(address, reachWith())).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  )
})
