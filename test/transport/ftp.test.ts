import { afterEach, expect, test } from 'vitest'
import { DefsError } from '../../src/error.ts'
import { limits } from '../../src/limits.ts'
import { openTransport } from '../../src/transport/open-transport.ts'
import type { ConnectionOptions, Opening, Transport } from '../../src/transport/transport.ts'
import { type FtpBehaviour, type FtpServer, startFtpServer } from '../support/ftp-server.ts'
import { reachWith } from '../support/reach.ts'

const quiet = new AbortController().signal
const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const big = Buffer.alloc(3_000_000, 'definitions ')
const files = () =>
  new Map([
    ['pub/a file.bin', Buffer.from('hello world')],
    ['pub/big.bin', big],
    ['pub/empty', Buffer.alloc(0)],
    ['pub/sub/x', Buffer.from('x')],
  ])

async function begin(
  behaviour: Partial<FtpBehaviour> = {},
  reach: Partial<ConnectionOptions> = {},
  path = 'pub/',
) {
  const server: FtpServer = await startFtpServer({ files: files(), ...behaviour })
  cleanups.push(() => server.close())
  const transport: Transport = openTransport(server.url + path, reachWith(reach))
  cleanups.push(() => transport.close())
  return { server, transport }
}

async function bytesOf(opening: Opening): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of opening.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('reads over one control connection, names with spaces included', async () => {
  const { server, transport } = await begin()
  const first = await transport.read('a file.bin', 100, quiet)
  const second = await transport.read('/a file.bin', 100, quiet)
  expect(Buffer.from(first?.bytes ?? []).toString()).toBe('hello world')
  expect(second?.bytes).toEqual(first?.bytes)
  expect(first?.url).toBe(`${server.url}pub/a%20file.bin`)
  expect(await transport.read('none', 100, quiet)).toBeNull()
  expect(server.connections()).toBe(1)
  expect(server.commands).toContain('USER anonymous')
})

test('stops at the limit, and works afterwards', async () => {
  const { transport } = await begin()
  await expect(transport.read('big.bin', 1000, quiet)).rejects.toMatchObject({ code: 'INDEX_TOO_LARGE' })
  expect((await transport.read('a file.bin', 11, quiet))?.bytes).toHaveLength(11)
})

test.each([{}, { noMlsd: true }])('lists a folder: %j', async (behaviour) => {
  const { transport } = await begin(behaviour)
  const listed = await transport.list('', quiet)
  expect(listed?.map(({ name, folder, bytes }) => ({ name, folder, bytes }))).toEqual([
    { name: 'a file.bin', folder: false, bytes: 11 },
    { name: 'big.bin', folder: false, bytes: 3_000_000 },
    { name: 'empty', folder: false, bytes: 0 },
    { name: 'sub', folder: true, bytes: null },
  ])
  expect(await transport.list('sub', quiet)).toHaveLength(1)
  expect(await transport.list('none', quiet)).toBeNull()
})

test.each([
  [limits.listingEntries + 1, 10],
  [limits.listingEntries - 1, 200],
])('a listing of %i names of %i letters is too large', async (count, letters) => {
  const name = (index: number) => `pub/${String(index).padStart(letters, 'n')}`
  const many = new Map(Array.from({ length: count }, (_, index) => [name(index), Buffer.alloc(0)]))
  const { server, transport } = await begin({ files: many })
  await expect(transport.list('', quiet)).rejects.toMatchObject({ code: 'INDEX_TOO_LARGE' })
  server.behaviour.files = files()
  expect(await transport.list('', quiet)).toHaveLength(4)
})

test('opens with size and validator, and resumes', async () => {
  const { server, transport } = await begin()
  const remote = transport.remote('big.bin')
  const whole = await remote.open(null, quiet)
  expect(whole).toMatchObject({ start: 0, total: 3_000_000, validator: '3000000;20261121060000' })
  expect((await bytesOf(whole)).equals(big)).toBe(true)
  const resume = { offset: 2_000_000, validator: whole.validator ?? '' }
  const rest = await remote.open(resume, quiet)
  expect(rest.start).toBe(2_000_000)
  expect((await bytesOf(rest)).equals(big.subarray(2_000_000))).toBe(true)
  expect(server.commands).toContain('REST 2000000')
  const whatever = await remote.open({ ...resume, validator: '' }, quiet)
  expect(whatever.start).toBe(2_000_000)
  expect(await bytesOf(whatever)).toHaveLength(1_000_000)
  const changed = await remote.open({ ...resume, validator: '3000000;20200101000000' }, quiet)
  expect(changed.start).toBe(0)
  expect(await bytesOf(changed)).toHaveLength(3_000_000)
})

test('an empty file and a missing one', async () => {
  const { transport } = await begin()
  expect(await bytesOf(await transport.remote('empty').open(null, quiet))).toHaveLength(0)
  await expect(transport.remote('none').open(null, quiet)).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
})

test('a server without SIZE, MDTM, REST, EPSV and MLSD', async () => {
  const { transport } = await begin({ noSize: true, noMdtm: true, noRest: true, noEpsv: true, noMlsd: true })
  const opening = await transport.remote('big.bin').open(null, quiet)
  expect(opening).toMatchObject({ total: null, validator: null })
  expect(await bytesOf(opening)).toHaveLength(3_000_000)
  expect(await transport.list('', quiet)).toHaveLength(4)
})

test('a server that refuses REST sends from the beginning', async () => {
  const { transport } = await begin({ noRest: true })
  const resume = { offset: 1000, validator: '3000000;20261121060000' }
  const opening = await transport.remote('big.bin').open(resume, quiet)
  expect(opening.start).toBe(0)
  expect(await bytesOf(opening)).toHaveLength(3_000_000)
})

test.each([{ cutAfter: 1_000_000 }, { cutAfter: 1_000_000, cutSilently: true }])(
  'a cut transfer: %j',
  async (cut) => {
    const { server, transport } = await begin(cut)
    const opening = await transport.remote('big.bin').open(null, quiet)
    await expect(bytesOf(opening)).rejects.toMatchObject({
      code: 'SOURCE_INTERRUPTED',
      facts: { transient: true },
    })
    delete server.behaviour.cutAfter
    expect(await bytesOf(await transport.remote('big.bin').open(null, quiet))).toHaveLength(3_000_000)
  },
)

test.each([0, 1_000_000])('silence after %i bytes', async (stallAfter) => {
  const { transport } = await begin({ stallAfter }, { stallTimeout: 200 })
  const attempt = transport.remote('big.bin').open(null, quiet).then(bytesOf)
  await expect(attempt).rejects.toMatchObject({ code: 'SOURCE_STALLED', facts: { transient: true } })
})

test('a body that is left half-read holds up neither another transfer nor close', async () => {
  const { server, transport } = await begin()
  await transport.remote('big.bin').open(null, quiet)
  expect((await transport.read('a file.bin', 100, quiet))?.bytes).toHaveLength(11)
  await transport.remote('big.bin').open(null, quiet)
  await transport.close()
  await transport.close()
  expect(server.connections()).toBeGreaterThan(1)
})

test('an interrupted run ends a transfer', async () => {
  const { transport } = await begin({ stallAfter: 1000 })
  const controller = new AbortController()
  const opening = await transport.remote('big.bin').open(null, controller.signal)
  setTimeout(() => controller.abort(), 20)
  await expect(bytesOf(opening)).rejects.toMatchObject({ code: 'INTERRUPTED' })
})

test.each([
  ['without a word', null],
  ['with a reply, the connection left open', '421 idle for too long'],
])('a login dropped while idle, %s, is made again, once', async (_, dropped) => {
  const { server, transport } = await begin()
  await transport.read('a file.bin', 100, quiet)
  let drops = 1
  server.behaviour.replies = {
    get EPSV() {
      return drops-- > 0 ? dropped : undefined
    },
  }
  expect((await transport.read('a file.bin', 100, quiet))?.bytes).toHaveLength(11)
  expect(server.connections()).toBe(2)
  drops = 2
  await expect(transport.read('a file.bin', 100, quiet)).rejects.toMatchObject({ facts: { transient: true } })
})

test('logins: of the address, of the configuration, wrong', async () => {
  const login = { username: 'upd', password: 's3cret p@ss' }
  const { server, transport } = await begin({ login })
  await expect(transport.list('', quiet)).rejects.toMatchObject({ code: 'SOURCE_LOGIN' })
  const inside = openTransport(`ftp://upd:s3cret%20p%40ss@127.0.0.1:${server.port}/pub`, reachWith())
  cleanups.push(() => inside.close())
  expect(inside.url).toBe(`${server.url}pub/`)
  expect(await inside.list('', quiet)).toHaveLength(4)
  const beside = openTransport(`${server.url}pub`, reachWith(login))
  cleanups.push(() => beside.close())
  expect(await beside.list('', quiet)).toHaveLength(4)
})

test.each<[Record<string, string | null>, string, boolean]>([
  [{ GREETING: '421 too many users' }, 'SOURCE_UNREACHABLE', true],
  [{ GREETING: null }, 'SOURCE_UNREACHABLE', true],
  [{ GREETING: 'HTTP/1.1 400 Bad Request' }, 'SOURCE_PROTOCOL', false],
  [{ EPSV: '229 nonsense', PASV: '227 nonsense' }, 'SOURCE_PROTOCOL', false],
  [{ RETR: '425 no connection' }, 'SOURCE_INTERRUPTED', true],
  [{ RETR: '451 disk trouble' }, 'SOURCE_INTERRUPTED', true],
  [{ RETR: '450 busy' }, 'SOURCE_STATUS', true],
])('replies %j', async (replies, code, transient) => {
  const { transport } = await begin({ replies })
  const attempt = transport.remote('big.bin').open(null, quiet).then(bytesOf)
  const error = await attempt.catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code })
  expect(error instanceof DefsError && (error.facts.transient ?? false)).toBe(transient)
})

test('a PASV answer that names another host is refused', async () => {
  const { transport } = await begin({ noEpsv: true, pasvHost: '127.0.0.2' })
  await expect(transport.read('a file.bin', 100, quiet)).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL' })
})

test.each(['../pub/a file.bin', 'x\r\nDELE y', 'x\0'])('the path %j is refused', async (path) => {
  const { server, transport } = await begin()
  await expect(transport.read(path, 100, quiet)).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL' })
  expect(server.commands).toEqual([])
})

test('nobody listens; nobody answers', async () => {
  const { server, transport } = await begin({ replies: { GREETING: '220-wait' } }, { connectTimeout: 200 })
  await expect(transport.list('', quiet)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  await server.close()
  await expect(transport.list('', quiet)).rejects.toMatchObject({
    code: 'SOURCE_UNREACHABLE',
    facts: { transient: true },
  })
})
