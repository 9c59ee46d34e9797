import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openTransport } from '../../src/transport/open-transport.ts'
import type { ConnectionOptions, Opening, Transport } from '../../src/transport/transport.ts'
import { type Authority, makeAuthority } from '../support/authority.ts'
import { noise } from '../support/noise.ts'
import { reachWith } from '../support/reach.ts'
import {
  isInstalled,
  isRoot,
  openToAll,
  type RealServer,
  type ServerIdentity,
  startNginx,
  startTinyproxy,
  startVsftpd,
} from '../support/real-servers.ts'

const quiet = new AbortController().signal
const big = noise(3_000_000)
let directory: string
let data: string
let authority: Authority
let identity: ServerIdentity
const stops: (() => Promise<void>)[] = []

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'defs-real-'))
  chmodSync(directory, 0o755)
  data = join(directory, 'data')
  mkdirSync(join(data, 'pub', '20261121.019'), { recursive: true })
  writeFileSync(join(data, 'pub', 'a file.txt'), 'hello world, hello world, hello world')
  writeFileSync(join(data, 'pub', 'big.bin'), big)
  authority = makeAuthority(join(directory, 'tls'))
  const extensions = ['subjectAltName=IP:127.0.0.1,DNS:localhost', 'basicConstraints=CA:FALSE']
  identity = authority.issue('server', { extensions })
  openToAll(directory)
})
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function running(starting: Promise<RealServer>): Promise<RealServer> {
  const server = await starting
  stops.push(() => server.stop())
  return server
}

function reaching(base: string, reach: Partial<ConnectionOptions> = {}): Transport {
  const transport = openTransport(base, reachWith(reach))
  stops.push(() => transport.close())
  return transport
}

async function bytesOf(opening: Opening): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of opening.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** What every kind of server must be good for. */
async function exercise(transport: Transport): Promise<void> {
  expect((await transport.read('pub/a file.txt', 100, quiet))?.bytes).toHaveLength(37)
  expect(await transport.read('pub/none', 100, quiet)).toBeNull()
  expect((await transport.list('pub', quiet))?.map(({ name, folder }) => [name, folder])).toEqual(
    expect.arrayContaining([
      ['20261121.019', true],
      ['a file.txt', false],
      ['big.bin', false],
    ]),
  )
  const remote = transport.remote('pub/big.bin')
  const whole = await remote.open(null, quiet)
  expect(whole).toMatchObject({ start: 0, total: big.length, validator: expect.any(String) })
  expect((await bytesOf(whole)).equals(big)).toBe(true)
  const rest = await remote.open({ offset: 2_000_000, validator: whole.validator ?? '' }, quiet)
  expect(rest.start).toBe(2_000_000)
  expect((await bytesOf(rest)).equals(big.subarray(2_000_000))).toBe(true)
}

describe.skipIf(!isInstalled('nginx'))('nginx', () => {
  test('over HTTP', async () => {
    const server = await running(startNginx(directory, data))
    const transport = reaching(`http://127.0.0.1:${server.port}`)
    await exercise(transport)
    const sizes = (await transport.list('json/pub', quiet))?.map(({ bytes }) => bytes)
    expect(sizes).toEqual([null, 37, big.length])
    expect(await transport.list('none', quiet)).toBeNull()
  })

  test('over HTTPS, with our authority and not without it', async () => {
    const server = await running(startNginx(directory, data, identity))
    await exercise(reaching(`https://127.0.0.1:${server.port}`, { authorities: authority.rootPem }))
    await exercise(reaching(`https://localhost:${server.port}`, { authorities: authority.rootPem }))
    const attempt = reaching(`https://127.0.0.1:${server.port}`).read('pub/a file.txt', 100, quiet)
    await expect(attempt).rejects.toMatchObject({ code: 'SOURCE_TLS' })
  })

  test.skipIf(!isInstalled('tinyproxy'))('through tinyproxy', async () => {
    const plain = await running(startNginx(directory, data))
    const secure = await running(startNginx(directory, data, identity))
    const login = { username: 'prox', password: 's3cret' }
    const server = await running(startTinyproxy(directory, login, secure.port))
    const proxy = { url: `http://127.0.0.1:${server.port}`, ...login }
    const reach = { proxy, authorities: authority.rootPem }
    await exercise(reaching(`http://127.0.0.1:${plain.port}`, reach))
    await exercise(reaching(`https://127.0.0.1:${secure.port}`, reach))
    const wrong = { ...reach, proxy: { ...proxy, password: 'wrong' } }
    for (const base of [`http://127.0.0.1:${plain.port}`, `https://127.0.0.1:${secure.port}`]) {
      const attempt = reaching(base, wrong).read('pub/a file.txt', 100, quiet)
      await expect(attempt).rejects.toMatchObject({ code: 'SOURCE_LOGIN' })
      const around = reaching(base, { ...wrong, noProxy: ['127.0.0.1'] })
      expect((await around.read('pub/a file.txt', 100, quiet))?.bytes).toHaveLength(37)
    }
  })
})

describe.skipIf(!isInstalled('vsftpd') || !isRoot())('vsftpd', () => {
  test('over FTP', async () => {
    const server = await running(startVsftpd(directory, data))
    await exercise(reaching(`ftp://127.0.0.1:${server.port}`))
    await exercise(reaching(`ftp://ftp:x%40y@127.0.0.1:${server.port}`, { tls: 'none' }))
    const wrong = reaching(`ftp://127.0.0.1:${server.port}`, { username: 'root', password: 'x' })
    await expect(wrong.list('', quiet)).rejects.toMatchObject({ code: 'SOURCE_LOGIN' })
    const secure = reaching(`ftps://127.0.0.1:${server.port}`)
    await expect(secure.list('', quiet)).rejects.toMatchObject({ code: 'SOURCE_TLS' })
  })

  test.each([false, true])(
    'over FTPS (implicit: %j), data connections resuming the session',
    async (implicit) => {
      const server = await running(startVsftpd(directory, data, identity, implicit))
      const tls = implicit ? 'implicit' : null
      await exercise(reaching(`ftps://127.0.0.1:${server.port}`, { authorities: authority.rootPem, tls }))
      const attempt = reaching(`ftps://127.0.0.1:${server.port}`, { tls }).list('', quiet)
      await expect(attempt).rejects.toMatchObject({ code: 'SOURCE_TLS' })
    },
  )
})
