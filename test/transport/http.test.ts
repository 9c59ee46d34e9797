import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Script } from 'node:vm'
import { afterEach, describe, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { openTransport } from '../../src/transport/open-transport.ts'
import type { ConnectionOptions, Opening } from '../../src/transport/transport.ts'
import { type HttpHandler, type HttpServerOptions, startHttpServer } from '../support/http-server.ts'
import { reachWith } from '../support/reach.ts'

const quiet = new AbortController().signal
const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const big = Buffer.alloc(2_000_000, 'definitions ')
const files = () =>
  new Map([
    ['norton$ virus_livetri.zip', Buffer.from('index')],
    ['big.bin', big],
    ['sub/100% #1?.bin', Buffer.from('odd')],
  ])

async function begin(
  options: Partial<HttpServerOptions> = {},
  reach: Partial<ConnectionOptions> = {},
  path = '',
) {
  const server = await startHttpServer({ files: files(), ...options })
  cleanups.push(() => server.close())
  const transport = openTransport(server.url + path, reachWith(reach))
  cleanups.push(() => transport.close())
  return { server, transport }
}

async function answering(fault: HttpHandler, reach: Partial<ConnectionOptions> = {}) {
  const { server, transport } = await begin({}, reach)
  server.faults.set('/big.bin', fault)
  return { server, transport, remote: transport.remote('big.bin') }
}

async function bytesOf(opening: Opening): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of opening.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (_request: IncomingMessage, response: ServerResponse) =>
    response.writeHead(code, headers).end('no')

/** Begins an answer and never ends it. */
const writing = (text: string) => (_request: IncomingMessage, response: ServerResponse) => {
  if (text !== '') response.write(text)
}

describe('read', () => {
  test('asks once more when a connection that had served before is closed under it, and only then', async () => {
    const { server, transport } = await begin()
    await transport.read('norton$ virus_livetri.zip', 100, quiet)
    let closed = 0
    server.faults.set('/sub/100% #1?.bin', (request) => {
      closed += 1
      if (closed > 1) return false
      request.socket.destroy()
      return true
    })
    expect((await transport.read('sub/100% #1?.bin', 100, quiet))?.bytes).toHaveLength(3)
    expect(closed).toBe(2)
    const fresh = await begin()
    let asked = 0
    fresh.server.faults.set('*', (request) => {
      asked += 1
      request.socket.destroy()
    })
    await expect(fresh.transport.read('none', 100, quiet)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    })
    expect(asked).toBe(1)
  })

  test('encodes names as LiveUpdate has them and reuses its connection', async () => {
    const { server, transport } = await begin()
    const file = await transport.read('norton$ virus_livetri.zip', 100, quiet)
    expect(Buffer.from(file?.bytes ?? []).toString()).toBe('index')
    expect((await transport.read('sub/100% #1?.bin', 100, quiet))?.bytes).toHaveLength(3)
    expect(await transport.read('none', 100, quiet)).toBeNull()
    expect(server.requests.map((request) => request.url)).toEqual([
      '/norton$%20virus_livetri.zip',
      '/sub/100%25%20%231%3F.bin',
      '/none',
    ])
    expect(server.requests[0]?.headers).toMatchObject({
      'user-agent': 'defs-test',
      'accept-encoding': 'identity',
    })
    expect(server.connections()).toBe(1)
  })

  test('stops at the limit, announced or not', async () => {
    const { server, transport } = await begin()
    await expect(transport.read('big.bin', 1000, quiet)).rejects.toMatchObject({ code: 'INDEX_TOO_LARGE' })
    server.faults.set('/endless', (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(big)) {}
        response.once('drain', more)
      }
      more()
    })
    await expect(transport.read('endless', 1000, quiet)).rejects.toMatchObject({ code: 'INDEX_TOO_LARGE' })
  })

  test('refuses a path that climbs out', async () => {
    const { server, transport } = await begin()
    await expect(transport.read('sub/../big.bin', 1000, quiet)).rejects.toMatchObject({
      code: 'SOURCE_PROTOCOL',
    })
    expect(server.requests).toEqual([])
  })
})

/** Compiled before anything is asked. */
const program = `(${JSON.stringify('a program '.repeat(100))})`
const cachedData = new Script(program, { filename: 'before.js' }).createCachedData()

test('leaves V8 as it was, which takes what it compiled ahead under the same flags only', async () => {
  const { transport } = await begin()
  await transport.read('norton$ virus_livetri.zip', 100, quiet)
  expect(new Script(program, { filename: 'after.js', cachedData }).cachedDataRejected).toBe(false)
})

describe('status', () => {
  test.each<[number, Record<string, string>, string, boolean]>([
    [404, {}, 'SOURCE_NOT_FOUND', false],
    [410, {}, 'SOURCE_NOT_FOUND', false],
    [401, {}, 'SOURCE_LOGIN', false],
    [407, {}, 'SOURCE_LOGIN', false],
    [403, {}, 'SOURCE_STATUS', false],
    [500, {}, 'SOURCE_STATUS', true],
    [503, {}, 'SOURCE_STATUS', true],
    [204, {}, 'SOURCE_STATUS', false],
  ])('%i %j', async (code, headers, expected, transient) => {
    const { remote } = await answering(status(code, headers))
    await expect(remote.open(null, quiet)).rejects.toMatchObject({ code: expected, facts: { transient } })
  })

  test.each<[number, Record<string, string>, number]>([
    [429, { 'retry-after': '7' }, 7000],
    [503, { 'retry-after': '7' }, 7000],
    [429, {}, limits.coolDown],
    [429, { 'retry-after': 'soon' }, limits.coolDown],
    [429, { 'retry-after': 'Wed, 21 Oct 2099 07:28:00 GMT' }, limits.coolDownMost],
    [429, { 'retry-after': '999999999' }, limits.coolDownMost],
    [503, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 0],
  ])('%i %j asks to come back later', async (code, headers, wait) => {
    const { remote } = await answering(status(code, headers))
    const before = Date.now()
    const error = await remote.open(null, quiet).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SOURCE_COOLING_DOWN', facts: { until: expect.any(Date) } })
    const until = (error as { facts: { until: Date } }).facts.until.getTime()
    expect(until).toBeGreaterThanOrEqual(before + wait)
    expect(until).toBeLessThanOrEqual(Date.now() + wait)
  })
})

describe('open', () => {
  test('gives size, validator and media type, and resumes', async () => {
    const { server, transport } = await begin()
    const remote = transport.remote('big.bin')
    const whole = await remote.open(null, quiet)
    expect(whole).toMatchObject({ start: 0, total: big.length, mediaType: 'application/octet-stream' })
    expect(whole.validator).toMatch(/^"/)
    expect((await bytesOf(whole)).equals(big)).toBe(true)
    const rest = await remote.open({ offset: 1_500_000, validator: whole.validator ?? '' }, quiet)
    expect(rest).toMatchObject({ start: 1_500_000, total: big.length, validator: whole.validator })
    expect((await bytesOf(rest)).equals(big.subarray(1_500_000))).toBe(true)
    expect(server.requests[1]?.headers).toMatchObject({
      range: 'bytes=1500000-',
      'if-range': whole.validator,
    })
    const other = await remote.open({ offset: 1_500_000, validator: '"other"' }, quiet)
    expect(other.start).toBe(0)
    expect(await bytesOf(other)).toHaveLength(big.length)
  })

  test('without an ETag, Last-Modified and size are the validator', async () => {
    const time = 'Sat, 21 Nov 2026 06:00:00 GMT'
    const { server, remote } = await answering((_request, response) =>
      response.writeHead(200, { 'last-modified': time, 'content-length': 3, etag: 'W/"weak"' }).end('abc'),
    )
    const opening = await remote.open(null, quiet)
    expect(opening.validator).toBe(`${time};3`)
    await bytesOf(opening)
    await bytesOf(await remote.open({ offset: 1, validator: `${time};3` }, quiet))
    expect(server.requests[1]?.headers['if-range']).toBe(time)
  })

  test.each(['bytes 0-9/10', 'bytes 5-9/10', 'bytes 4-8/10', 'bytes 4-9/*', 'nonsense'])(
    'a 206 with Content-Range %j is not what was asked for: from the beginning',
    async (range) => {
      const { server, remote } = await answering((request, response) => {
        if (request.headers.range === undefined) response.end('0123456789')
        else response.writeHead(206, { 'content-range': range, etag: '"e"' }).end('x')
      })
      const opening = await remote.open({ offset: 4, validator: '"e"' }, quiet)
      expect(opening.start).toBe(0)
      expect(await bytesOf(opening)).toHaveLength(10)
      expect(server.requests).toHaveLength(2)
    },
  )

  test('a 206 of another version, and a 416: from the beginning', async () => {
    for (const answer of [206, 416]) {
      const { remote } = await answering((request, response) => {
        if (request.headers.range === undefined) response.end('0123456789')
        else response.writeHead(answer, { 'content-range': 'bytes 4-9/10', etag: '"new"' }).end()
      })
      const opening = await remote.open({ offset: 4, validator: '"old"' }, quiet)
      expect(opening.start).toBe(0)
      expect(await bytesOf(opening)).toHaveLength(10)
    }
  })

  test.each(['gzip', 'x-gzip', 'br', 'aws-chunked'])(
    'with Content-Encoding %s: a label, the bytes are taken as they are',
    async (label) => {
      const { remote } = await answering((_request, response) => {
        return response.writeHead(200, { 'content-encoding': label, 'content-length': 5 }).end('bytes')
      })
      expect((await bytesOf(await remote.open(null, quiet))).toString()).toBe('bytes')
    },
  )

  test('what tells the newest says no-cache, a file only when a copy will not do', async () => {
    const seen: unknown[] = []
    const { transport, remote } = await answering((request, response) => {
      seen.push(request.headers['cache-control'])
      return response.writeHead(200).end('x')
    })
    await transport.read('big.bin', 9, quiet)
    await transport.peek?.('big.bin', 9, quiet)
    await bytesOf(await remote.open(null, quiet))
    await bytesOf(await remote.open(null, quiet, true))
    expect(seen).toEqual(['no-cache', 'no-cache', undefined, 'no-cache'])
  })

  test('the query of a source goes with each request and is in no address', async () => {
    const seen: unknown[] = []
    const server = createServer((request, response) => {
      seen.push(request.url)
      response.end('x')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const transport = openTransport(`http://127.0.0.1:${port}/rules/?oinkcode=0123`, reachWith({}))
    cleanups.push(
      async () => void server.close(),
      () => transport.close(),
    )
    const remote = transport.remote('pack.tar.gz')
    await bytesOf(await remote.open(null, quiet))
    const side = await transport.read('pack.md5', 9, quiet)
    expect(seen).toEqual(['/rules/pack.tar.gz?oinkcode=0123', '/rules/pack.md5?oinkcode=0123'])
    for (const url of [remote.url, side?.url, transport.url]) expect(url).not.toContain('oinkcode')
  })

  test('cut, with and without a length', async () => {
    for (const headers of [{ 'content-length': 1000 }, {}]) {
      const { remote } = await answering((_request, response) => {
        response.writeHead(200, headers)
        response.write('half', () => response.destroy())
      })
      const attempt = remote.open(null, quiet).then(bytesOf)
      await expect(attempt).rejects.toMatchObject({ code: 'SOURCE_INTERRUPTED', facts: { transient: true } })
    }
  })

  test('silence before and within the answer', async () => {
    for (const begins of [false, true]) {
      const { remote } = await answering(writing(begins ? 'x' : ''), {
        stallTimeout: 150,
      })
      const attempt = remote.open(null, quiet).then(bytesOf)
      await expect(attempt).rejects.toMatchObject({ code: 'SOURCE_STALLED', facts: { transient: true } })
    }
  })

  test('an interrupted run ends it, before and within the answer', async () => {
    for (const begins of [false, true]) {
      const { remote } = await answering(writing(begins ? 'x' : ''))
      const controller = new AbortController()
      setTimeout(() => controller.abort(), 30)
      const attempt = remote.open(null, controller.signal).then(bytesOf)
      await expect(attempt).rejects.toMatchObject({ code: 'INTERRUPTED' })
    }
  })

  test('a hang-up, garbage, and nobody there', async () => {
    const { server, remote } = await answering((request) => request.socket.destroy())
    await expect(remote.open(null, quiet)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      facts: { transient: true },
    })
    server.faults.set('/big.bin', (request) => request.socket.end('220 this is no HTTP\r\n'))
    await expect(remote.open(null, quiet)).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL' })
    await server.close()
    await expect(remote.open(null, quiet)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  })

  test('a body that is left half-read does not hold up close', async () => {
    const { remote, transport } = await answering(writing('x'))
    await remote.open(null, quiet)
    await transport.close()
    await transport.close()
  })
})

describe('redirects', () => {
  const login = { username: 'upd', password: 's3cret' }

  test('are followed; the login stays with its host', async () => {
    const far = await begin()
    const near = await begin({ login }, login)
    near.server.faults.set(
      '/moved',
      status(302, { location: `http://a:b@127.0.0.1:${far.server.port}/big.bin` }),
    )
    near.server.faults.set('/here', status(307, { location: '/big.bin' }))
    expect((await near.transport.read('moved', big.length, quiet))?.url).toBe(`${far.server.url}big.bin`)
    expect(far.server.requests[0]?.headers.authorization).toBeUndefined()
    expect((await near.transport.read('here', big.length, quiet))?.bytes).toHaveLength(big.length)
    expect(near.server.requests.at(-1)?.headers.authorization).toMatch(/^Basic /)
  })

  test.each(['/big.bin', 'file:///etc/passwd', 'ftp://127.0.0.1/x', 'http://'])(
    'to %j are not',
    async (location) => {
      const { server, remote } = await answering(status(302, { location }))
      await expect(remote.open(null, quiet)).rejects.toMatchObject({ code: 'SOURCE_REDIRECT' })
      expect(server.requests.length).toBeLessThanOrEqual(limits.redirects + 1)
    },
  )
})

test('the login of an address is used and never shown', async () => {
  const { server } = await begin({ login: { username: 'upd', password: 's3 cret' } })
  const transport = openTransport(`http://upd:s3%20cret@127.0.0.1:${server.port}/`, reachWith())
  cleanups.push(() => transport.close())
  expect((await transport.read('big.bin', big.length, quiet))?.url).toBe(`${server.url}big.bin`)
  expect(transport.url).toBe(server.url)
})

describe('list', () => {
  test.each(['html', 'json'] as const)('reads an index in %s', async (autoindex) => {
    const { transport } = await begin({ autoindex })
    const listed = await transport.list('', quiet)
    expect(listed?.map(({ name, folder, bytes }) => ({ name, folder, bytes }))).toEqual([
      { name: 'big.bin', folder: false, bytes: big.length },
      { name: 'norton$ virus_livetri.zip', folder: false, bytes: 5 },
      { name: 'sub', folder: true, bytes: null },
    ])
    // Its only file has a `?` in its name, which is no name of a file on Windows.
    expect(await transport.list('sub', quiet)).toEqual([])
    expect(await transport.list('none', quiet)).toBeNull()
  })

  test('only names directly below count; another page is no listing', async () => {
    const { server, transport } = await begin()
    const links = [
      '../up',
      '/elsewhere',
      'a/b',
      'http://127.0.0.1:1/c',
      '?C=N',
      '%2e%2e',
      'x%2Fy',
      'good&amp;1',
      '.',
    ]
    const page = (title: string) =>
      `<title>${title}</title>${links.map((l) => `<a href="${l}">n</a>`).join('\n')}`
    server.faults.set('/sub/', (_request, response) => response.end(page('Index of /sub')))
    expect((await transport.list('sub/', quiet))?.map((entry) => entry.name)).toEqual(['good&1'])
    server.faults.set('/sub/', (_request, response) => response.end(page('Welcome')))
    expect(await transport.list('sub/', quiet)).toBeNull()
    server.faults.set('/sub/', status(403))
    expect(await transport.list('sub/', quiet)).toBeNull()
  })
})
