import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { limits } from '../../src/limits.ts'
import { openFinder } from '../../src/publish/serve/answer.ts'
import { type Serving, startServer } from '../../src/publish/serve/serve.ts'
import { clientAt } from '../../src/share-connections.ts'
import { openTransport } from '../../src/transport/open-transport.ts'
import { makeAuthority, signerExtensions } from '../support/authority.ts'
import { quickContext } from '../support/fetching.ts'
import { noise } from '../support/noise.ts'
import { reachWith } from '../support/reach.ts'

const settings: Config['serve'] = {
  host: '127.0.0.1',
  port: 0,
  certificate: null,
  key: null,
  tokens: null,
  connections: 100,
  rate: 0,
}
const body = noise(200_000)
const name = '20261121-001-0123456789ab.zip'
const signal = new AbortController().signal

let directory: string
let root: string
let serving: Serving | undefined
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'defs-serve-')))
  root = join(directory, 'tree')
  mkdirSync(join(root, 'production', '.hidden'), { recursive: true })
  writeFileSync(join(root, 'production', name), body)
  writeFileSync(join(root, 'production', 'livetri.zip'), 'index')
  writeFileSync(join(root, 'production', '.hidden', 'file'), 'hidden')
  writeFileSync(join(directory, 'secret'), 'secret')
  symlinkSync(join(directory, 'secret'), join(root, 'production', 'link'))
  symlinkSync(directory, join(root, 'up'))
})
afterEach(async () => {
  await serving?.stop()
  serving = undefined
  rmSync(directory, { recursive: true, force: true })
})

async function start(change: Partial<Config['serve']> = {}, listing = false): Promise<string> {
  const place = { root, host: '127.0.0.1', port: 0, listing }
  serving = await startServer(place, { ...settings, ...change }, quickContext())
  return serving.url
}

/** One request as it is given: no path is tidied up on the way. */
function ask(url: string, path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }>(
    (resolve, reject) => {
      const { port } = new URL(url)
      const asked = request({ host: '127.0.0.1', port, path, agent: false, ...options }, (answer) => {
        const pieces: Buffer[] = []
        answer.on('data', (piece: Buffer) => pieces.push(piece))
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces) }),
        )
      })
      asked.on('error', reject)
      asked.end()
    },
  )
}

describe('serve', () => {
  it('sends large files in pieces, any part of them, and what replaced one as soon as it did', async () => {
    const url = await start()
    const path = '/production/large.bin'
    const file = join(root, 'production', 'large.bin')
    const piece = limits.servePiece
    const content = noise(2 * piece + 7)
    writeFileSync(file, content)
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(url, path)))
    for (const answer of answers) expect(answer.body.equals(content)).toBe(true)
    for (const [from, to] of [
      [0, 0],
      [piece - 1, piece],
      [piece, 2 * piece - 1],
      [5, 2 * piece + 6],
    ] as const) {
      const { body: part } = await ask(url, path, { headers: { range: `bytes=${from}-${to}` } })
      expect([from, part.equals(content.subarray(from, to + 1))]).toEqual([from, true])
    }
    expect((await ask(url, path, { method: 'HEAD' })).body.length).toBe(0)
    const fresh = noise(content.length)
    writeFileSync(`${file}.new`, fresh)
    renameSync(`${file}.new`, file)
    expect((await ask(url, path)).body.equals(fresh)).toBe(true)
    writeFileSync(file, '')
    expect(await ask(url, path)).toMatchObject({ status: 200, body: Buffer.alloc(0) })
  })

  it('gives files whole, in part, and only when they changed', async () => {
    const url = await start()
    const path = `/production/${name}`
    const whole = await ask(url, path)
    expect([whole.status, whole.body.equals(body)]).toEqual([200, true])
    expect(whole.headers).toMatchObject({ 'content-length': '200000', 'accept-ranges': 'bytes' })
    expect(whole.headers['content-encoding']).toBeUndefined()
    expect(whole.headers['cache-control']).toContain('immutable')
    const etag = String(whole.headers['etag'])
    const part = await ask(url, path, { headers: { range: 'bytes=100-199', 'if-range': etag } })
    expect([part.status, part.body.equals(body.subarray(100, 200))]).toEqual([206, true])
    expect(part.headers['content-range']).toBe('bytes 100-199/200000')
    expect((await ask(url, path, { headers: { range: 'bytes=300000-' } })).status).toBe(416)
    expect((await ask(url, path, { headers: { 'if-none-match': etag } })).status).toBe(304)
    const head = await ask(url, path, { method: 'HEAD' })
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '200000', 0])
    expect((await ask(url, '/production/livetri.zip')).headers['cache-control']).toBe('no-cache')
  })

  it.each([
    ['the ETag alone', (etag: string) => etag],
    ['in a list', (etag: string) => `"other", ${etag}`],
  ])('no-cache is no reason to send again what is known: %s', async (_, condition) => {
    const url = await start()
    for (const path of [`/production/${name}`, '/production/livetri.zip']) {
      const etag = String((await ask(url, path)).headers['etag'])
      const headers = { 'cache-control': 'no-cache', 'if-none-match': condition(etag) }
      const again = await ask(url, path, { headers })
      expect([again.status, again.body.length]).toEqual([304, 0])
    }
    const other = { 'cache-control': 'no-cache', 'if-none-match': '"other"' }
    expect((await ask(url, '/production/livetri.zip', { headers: other })).status).toBe(200)
  })

  it.each([
    '/production/',
    '/production/missing.zip',
    '/production/.hidden/file',
    '/production/link',
    '/up/secret',
    '/../secret',
    '/production/../../secret',
    '/%2e%2e/secret',
    '/production/..%2f..%2fsecret',
    '/production/%00',
    '/production/%zz',
    '/production\\..\\..\\secret',
    '//etc/passwd',
  ])('shows nothing at %s', async (path) => {
    const answer = await ask(await start(), path)
    expect([400, 403, 404]).toContain(answer.status)
    expect(answer.body.toString()).not.toMatch(/secret|hidden|root:/)
  })

  it('shows at / what to write into a client, and nothing that was made up by whoever asks', async () => {
    const base = await start()
    const page = await ask(base, '/')
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.body.toString()).toContain(`hosts: ['${new URL(base).origin}/'], channel: production`)
    const odd = await ask(base, '/', { headers: { host: 'a"<script>' } })
    expect(odd.body.toString()).not.toContain('script')
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])('does not do %s', async (method) => {
    const answer = await ask(await start(), '/production/livetri.zip', { method })
    expect([404, 405]).toContain(answer.status)
    expect(answer.body.toString()).not.toContain('index')
  })

  it('lists folders only when asked to, and never what is hidden', async () => {
    const { body: page, status } = await ask(await start({}, true), '/production/')
    expect(status).toBe(200)
    expect(page.toString()).toContain(name)
    expect(page.toString()).not.toMatch(/hidden|link/)
  })

  it('lets in whoever has a token, in both ways of sending it', async () => {
    const tokens = join(directory, 'tokens')
    const digest = createHash('sha256').update('open sesame').digest('hex')
    writeFileSync(tokens, `# clients\n${digest} branch office\n`)
    const url = await start({ tokens })
    const status = async (authorization?: string) =>
      (await ask(url, '/production/livetri.zip', authorization ? { headers: { authorization } } : {})).status
    expect(await status()).toBe(401)
    expect(await status('Bearer open simsim')).toBe(401)
    expect(await status(`Bearer ${digest}`)).toBe(401)
    expect((await ask(url, '/healthz')).status).not.toBe(401)
    // Our own client sends Basic.
    const host = openTransport(url, reachWith({ username: 'branch', password: 'open sesame' }))
    expect(
      Buffer.from((await host.read('production/livetri.zip', 100, signal))?.bytes ?? '').toString(),
    ).toBe('index')
    await host.close()
  })

  it('takes Bearer tokens', async () => {
    const tokens = join(directory, 'tokens')
    writeFileSync(tokens, `${createHash('sha256').update('sesame').digest('hex')} one\n`)
    const url = await start({ tokens })
    const headers = { authorization: 'Bearer sesame' }
    expect((await ask(url, '/production/livetri.zip', { headers })).status).toBe(200)
  })

  it('refuses a file of tokens that would let nobody in', async () => {
    const tokens = join(directory, 'tokens')
    writeFileSync(tokens, '# nobody\n')
    await expect(start({ tokens })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('slows down whoever asks too often, and says for how long', async () => {
    const url = await start({ rate: 2 })
    const answers = [1, 2, 3].map(() => ask(url, '/production/livetri.zip'))
    const statuses = (await Promise.all(answers)).map(({ status, headers }) => [
      status,
      headers['retry-after'],
    ])
    expect(statuses.filter(([status]) => status === 429)).toHaveLength(1)
    expect(Number(statuses.find(([status]) => status === 429)?.[1])).toBeGreaterThan(0)
  })

  it('counts wrong tokens, so that none is guessed at any rate, and never a probe', async () => {
    const tokens = join(directory, 'tokens')
    writeFileSync(tokens, `${createHash('sha256').update('sesame').digest('hex')} one\n`)
    const url = await start({ tokens, rate: 5 })
    const probe = async (path = '/healthz') => (await ask(url, path)).status
    for (let round = 0; round < 20; round++) expect([200, 503]).toContain(await probe())
    const guesses: number[] = []
    for (let round = 0; round < 8; round++) {
      const headers = { authorization: `Bearer guess ${round}` }
      guesses.push((await ask(url, '/production/livetri.zip', { headers })).status)
    }
    expect(guesses).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
    // The right one has to wait, too: it cannot be told from a guess that was right at last.
    const headers = { authorization: 'Bearer sesame' }
    expect((await ask(url, '/production/livetri.zip', { headers })).status).toBe(429)
    expect([200, 503]).toContain(await probe('/healthz?from=balancer'))
  })

  it('keeps half of the connections from whoever opens all he can', async () => {
    const url = await start({ connections: 6 })
    const port = Number(new URL(url).port)
    const held = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' })
        socket.on('error', () => undefined)
        const ended = new Promise<'ended'>((resolve) => socket.once('close', () => resolve('ended')))
        await new Promise((resolve) => socket.once('connect', resolve))
        return { socket, ended }
      }),
    )
    try {
      // Those that are too many are ended; the others stay, and an address of its own is served beside them.
      const first = (await Promise.race(held.map(({ ended }) => ended))) satisfies 'ended'
      expect(first).toBe('ended')
      for (let round = 0; round < 5; round++) {
        expect((await ask(url, '/production/livetri.zip')).status).toBe(200)
      }
      expect(held.filter(({ socket }) => !socket.destroyed).length).toBeLessThanOrEqual(3)
    } finally {
      for (const { socket } of held) socket.destroy()
    }
  })

  it.each(['production.state/catalog.json', 'keys/server.key', 'keys/signer.pem', 'keys/joined.crt'])(
    'has no %s for anybody',
    async (path) => {
      const key = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'
      mkdirSync(join(root, path, '..'), { recursive: true })
      writeFileSync(join(root, path), path.endsWith('.json') ? '{}' : key)
      const url = await start({}, true)
      expect((await ask(url, `/${path}`)).status).toBe(404)
      expect((await ask(url, '/')).body.toString()).not.toContain('.state')
    },
  )

  it('gives away a certificate in a PEM file', async () => {
    const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    writeFileSync(join(root, 'root.pem'), certificate)
    const { status, body } = await ask(await start(), '/root.pem')
    expect([status, body.toString()]).toEqual([200, certificate])
  })

  it('speaks HTTPS with a certificate', async () => {
    const authority = makeAuthority(join(directory, 'authority'))
    const extensions = [...signerExtensions, 'subjectAltName=IP:127.0.0.1']
    const { certificate, key } = authority.issue('server', { extensions })
    const url = await start({ certificate, key })
    expect(url).toMatch(/^https:/)
    const host = openTransport(url, reachWith({ authorities: authority.rootPem }))
    expect((await host.read('production/livetri.zip', 100, signal))?.bytes).toHaveLength(5)
    await host.close()
    await expect(start({ certificate })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('says whether clients can use what is there', async () => {
    const url = await start()
    expect((await ask(url, '/healthz')).status).toBe(503)
    mkdirSync(join(root, 'metadata'))
    const ends = (name: string, expires: string) =>
      writeFileSync(join(root, 'metadata', `${name}.json`), JSON.stringify({ signed: { expires } }))
    ends('timestamp', '2099-01-01T00:00:00Z')
    expect((await ask(url, '/healthz')).status).toBe(200)
    // Whatever lies below it, nothing is believed past the end of the root.
    ends('root', '2020-01-01T00:00:00Z')
    const late = await ask(url, '/healthz')
    expect([late.status, JSON.parse(late.body.toString())]).toEqual([
      503,
      { ok: false, freshUntil: '2020-01-01T00:00:00Z' },
    ])
    ends('root', '2100-01-01T00:00:00Z')
    expect((await ask(url, '/healthz')).status).toBe(200)
    ends('timestamp', '2020-01-01T00:00:00Z')
    expect((await ask(url, '/healthz')).status).toBe(503)
  })

  it('says when a port is taken, and gives it back when it stops', async () => {
    const url = await start()
    const port = Number(new URL(url).port)
    const place = { root, host: '127.0.0.1', port, listing: false }
    await expect(startServer(place, settings, quickContext())).rejects.toMatchObject({ code: 'SERVE_LISTEN' })
    await serving?.stop()
    serving = undefined
    const again = await startServer(place, settings, quickContext())
    await again.stop()
  })

  it('stops although somebody keeps a connection open', async () => {
    const url = await start()
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('GET /production/livetri.zip HTTP/1.1\r\nHost: a\r\n\r\n')
    await new Promise((resolve) => socket.once('data', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await serving?.stop()
    serving = undefined
    await closed
  })
})

describe.skipIf(process.platform === 'win32')('a tree that somebody changes under the server', () => {
  const file = () => join(root, 'production', 'livetri.zip')
  const turned = () => {
    rmSync(file())
    symlinkSync(join(directory, 'secret'), file())
  }
  it.each([
    ['GET', {}],
    ['HEAD', {}],
    ['GET', { range: 'bytes=0-2' }],
    ['GET', { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
    ['GET', { 'if-none-match': '"other"' }],
  ])('does not answer %s %j by what it remembers of a file that is a link now', async (method, headers) => {
    const url = await start()
    expect((await ask(url, '/production/livetri.zip')).status).toBe(200)
    turned()
    const { status, body } = await ask(url, '/production/livetri.zip', { method, headers })
    expect([status, body.toString().includes('sec')]).toEqual([404, false])
  })

  it('does not say "unchanged" of a file that is a link now, nor of one in a folder that is', async () => {
    const url = await start()
    const etag = String((await ask(url, '/production/livetri.zip')).headers['etag'])
    const headers = { 'if-none-match': etag }
    const again = async () => (await ask(url, '/production/livetri.zip', { headers })).status
    expect(await again()).toBe(304)
    renameSync(join(root, 'production'), join(directory, 'moved'))
    symlinkSync(join(directory, 'moved'), join(root, 'production'))
    expect(await again()).toBe(404)
    rmSync(join(root, 'production'))
    renameSync(join(directory, 'moved'), join(root, 'production'))
    expect(await again()).toBe(304)
    turned()
    expect(await again()).toBe(404)
  })

  it('looks for all who ask in one turn at its end: a link put there meanwhile is seen by each of them', async () => {
    const find = openFinder(root)
    const asked = [find('/production/livetri.zip'), find('/production/livetri.zip')]
    turned()
    expect(await Promise.all(asked)).toEqual([null, null])
    rmSync(file())
    writeFileSync(file(), 'index')
    const again = [find('/production/livetri.zip'), find('/production/livetri.zip')]
    expect(again[0]).toBe(again[1])
    expect(await again[0]).toMatchObject({ place: file(), isFolder: false })
  })

  it('does not look for a file in a folder that is a link now', async () => {
    mkdirSync(join(directory, 'other'))
    writeFileSync(join(directory, 'other', 'livetri.zip'), 'secret')
    const url = await start()
    expect((await ask(url, '/production/livetri.zip')).status).toBe(200)
    renameSync(join(root, 'production'), join(root, 'before'))
    symlinkSync(join(directory, 'other'), join(root, 'production'))
    expect((await ask(url, '/production/livetri.zip')).status).toBe(404)
  })
})

describe('who an address counts as', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is %s', (address, client) => {
    expect(clientAt(address)).toBe(client)
  })
})
