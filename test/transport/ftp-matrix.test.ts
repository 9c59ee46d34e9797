import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openTransport } from '../../src/transport/open-transport.ts'
import type { ConnectionOptions, Opening, Transport } from '../../src/transport/transport.ts'
import { makeAuthority } from '../support/authority.ts'
import { noise } from '../support/noise.ts'
import { reachWith } from '../support/reach.ts'
import { type FtpServerKind, ftpServers } from '../support/real-ftp-servers.ts'
import { openToAll, type ServerIdentity } from '../support/real-servers.ts'

const quiet = new AbortController().signal
const big = noise(1_500_000)
let work: string
let data: string
let identity: ServerIdentity
let rootPem: string
const stops: (() => Promise<void>)[] = []

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'defs-ftp-'))
  chmodSync(work, 0o755)
  data = join(work, 'data')
  mkdirSync(join(data, 'pub', '20261121.019'), { recursive: true })
  mkdirSync(join(data, 'pub', 'empty folder'))
  writeFileSync(join(data, 'pub', 'a file.txt'), 'hello world')
  writeFileSync(join(data, 'pub', 'nothing.zip'), '')
  writeFileSync(join(data, 'pub', 'big.bin'), big)
  const authority = makeAuthority(join(work, 'tls'))
  const extensions = ['subjectAltName=IP:127.0.0.1,DNS:localhost', 'basicConstraints=CA:FALSE']
  identity = authority.issue('server', { extensions, algorithm: 'rsa2048' })
  rootPem = authority.rootPem
  openToAll(work)
})
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

async function bytesOf(opening: Opening): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of opening.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** What is asked of every server, over one control connection. */
async function ask(transport: Transport): Promise<void> {
  const listed = await transport.list('pub', quiet)
  const plain = listed?.map(({ name, folder, bytes }) => [name, folder, folder ? null : bytes])
  expect(plain?.sort()).toEqual([
    ['20261121.019', true, null],
    ['a file.txt', false, 11],
    ['big.bin', false, big.length],
    ['empty folder', true, null],
    ['nothing.zip', false, 0],
  ])
  expect(await transport.list('pub/20261121.019', quiet)).toEqual([])
  expect((await transport.read('pub/a file.txt', 100, quiet))?.bytes).toHaveLength(11)
  const remote = transport.remote('pub/big.bin')
  const whole = await remote.open(null, quiet)
  expect(whole).toMatchObject({ start: 0, total: big.length, validator: expect.any(String) })
  expect((await bytesOf(whole)).equals(big)).toBe(true)
  const rest = await remote.open({ offset: 1_000_000, validator: whole.validator ?? '' }, quiet)
  expect(rest.start).toBe(1_000_000)
  expect((await bytesOf(rest)).equals(big.subarray(1_000_000))).toBe(true)
  expect(await transport.read('pub/none.txt', 100, quiet)).toBeNull()
  await expect(transport.remote('pub/none.bin').open(null, quiet)).rejects.toMatchObject({
    code: 'SOURCE_NOT_FOUND',
  })
  // A missing file does not end what came before it: the next one is there.
  expect((await transport.read('pub/a file.txt', 100, quiet))?.bytes).toHaveLength(11)
}

const cases = ftpServers.flatMap((kind): [string, FtpServerKind, boolean][] =>
  kind.secure
    ? [
        [`${kind.name}, plain`, kind, false],
        [`${kind.name}, TLS`, kind, true],
      ]
    : [[`${kind.name}, plain`, kind, false]],
)

describe.each(cases)('%s', (_, kind, secure) => {
  test.skipIf(!kind.isThere)('lists, sends, resumes, misses, and is full', async () => {
    const server = await kind.start({ work, data, tls: secure ? identity : null })
    stops.push(() => server.stop())
    const reach: Partial<ConnectionOptions> = secure ? { authorities: rootPem } : {}
    const open = () => {
      const transport = openTransport(
        `${secure ? 'ftps' : 'ftp'}://127.0.0.1:${server.port}/`,
        reachWith(reach),
      )
      stops.push(() => transport.close())
      return transport
    }
    const first = open()
    // The look whether the server listens was a client as well, which it may still be counting.
    await expect.poll(() => first.list('pub', quiet).catch(() => null), { timeout: 10_000 }).not.toBeNull()
    await ask(first)
    if (!kind.counts) return
    await expect(open().list('pub', quiet)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      facts: { transient: true },
    })
  })
})
