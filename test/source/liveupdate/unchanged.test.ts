import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { LiveUpdateConfig } from '../../../src/config/config.ts'
import { indexPath, isUnchanged } from '../../../src/source/liveupdate/unchanged.ts'
import type { SeenIndex } from '../../../src/source/source.ts'
import { openTransport } from '../../../src/transport/open-transport.ts'
import type { ConnectionOptions } from '../../../src/transport/transport.ts'
import { type HttpServer, startHttpServer } from '../../support/http-server.ts'
import { reachWith } from '../../support/reach.ts'

const index = 'av_1_en_livetri.zip'
const never = new AbortController().signal
let server: HttpServer
let etag = ''
beforeAll(async () => {
  server = await startHttpServer({
    files: new Map([[index, Buffer.from('first')]]),
    login: { username: 'u', password: 'p' },
  })
})
afterAll(() => server.close())
beforeEach(() => {
  server.faults.clear()
  server.faults.set(`/${index}`, ({ headers }, response) => {
    if (headers.authorization !== `Basic ${btoa('u:p')}` || headers['if-none-match'] !== etag) return false
    return response.writeHead(304).end()
  })
})

const reach = (change: Partial<ConnectionOptions> = {}) =>
  reachWith({ username: 'u', password: 'p', ...change })

function source(host = server.url): LiveUpdateConfig {
  const subject = { product: 'AV', version: '1', language: 'en' }
  return {
    kind: 'liveupdate',
    name: 's',
    hosts: [host],
    username: 'u',
    password: 'p',
    tls: null,
    passwordFile: null,
    passwordVariable: null,
    ...subject,
  }
}

const unchanged = (
  config: LiveUpdateConfig,
  ...rest: [SeenIndex, ConnectionOptions, AbortSignal]
): Promise<boolean> => isUnchanged(config, indexPath(config) ?? '', ...rest)

async function seen() {
  const transport = openTransport(server.url, reach())
  const file = await transport.read(index, 1000, never)
  await transport.close()
  etag = file?.validator ?? ''
  return { url: file?.url ?? '', validator: file?.validator ?? '' }
}

it('is true for a 304 alone, with one request that carries the validator and the login', async () => {
  const before = await seen()
  const requests = server.requests.length
  expect(await unchanged(source(), before, reach(), never)).toBe(true)
  expect(server.requests.slice(requests).map(({ url, headers }) => [url, headers['if-none-match']])).toEqual([
    [`/${index}`, before.validator],
  ])
  server.faults.set(`/${index}`, (_, response) => response.writeHead(503).end())
  expect(await unchanged(source(), before, reach(), never)).toBe(false)
})

it('is false for another login and another validator', async () => {
  const before = await seen()
  expect(await unchanged(source(), before, reach({ password: 'wrong' }), never)).toBe(false)
  expect(await unchanged(source(), { ...before, validator: '"other"' }, reach(), never)).toBe(false)
})

it('asks by the time where there is no ETag', async () => {
  const before = { ...(await seen()), validator: 'Thu, 01 Jan 2026 00:00:00 GMT;5' }
  let asked: string | undefined
  server.faults.set(`/${index}`, (request, response) => {
    asked = request.headers['if-modified-since']
    return response.writeHead(304).end()
  })
  expect(await unchanged(source(), before, reach(), never)).toBe(true)
  expect(asked).toBe('Thu, 01 Jan 2026 00:00:00 GMT')
})

it('asks nobody when the address is another one now, by FTP, and through a proxy', async () => {
  const before = await seen()
  const requests = server.requests.length
  expect(await unchanged(source(`${server.url}elsewhere/`), before, reach(), never)).toBe(false)
  expect(await unchanged({ ...source(), version: '2' }, before, reach(), never)).toBe(false)
  expect(await unchanged(source('ftp://127.0.0.1:1/'), before, reach(), never)).toBe(false)
  const proxy = { url: 'http://127.0.0.1:1/', username: null, password: null }
  expect(await unchanged(source(), before, reach({ proxy }), never)).toBe(false)
  expect(server.requests).toHaveLength(requests)
  expect(await unchanged(source(), before, reach({ proxy, noProxy: ['127.0.0.1'] }), never)).toBe(true)
})

it('is false, and no error, when nobody answers or the run is over', async () => {
  const before = await seen()
  expect(await unchanged(source(), before, reach(), AbortSignal.abort())).toBe(false)
  server.faults.set(`/${index}`, (request) => request.socket.destroy())
  expect(await unchanged(source(), before, reach(), never)).toBe(false)
})
