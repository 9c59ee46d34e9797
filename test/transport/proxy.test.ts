import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { isExempt } from '../../src/transport/address.ts'
import { openTransport } from '../../src/transport/open-transport.ts'
import { startHttpServer } from '../support/http-server.ts'
import { reachWith } from '../support/reach.ts'

const quiet = new AbortController().signal
const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test.each<[string, string[], boolean]>([
  ['updates.example', ['updates.example'], true],
  ['UPDATES.example', ['updates.EXAMPLE'], true],
  ['a.updates.example', ['updates.example'], false],
  ['a.updates.example', ['.example'], true],
  ['notexample', ['.example'], false],
  ['anything', ['*'], true],
  ['anything', [], false],
])('%s without the proxy for %j: %j', (host, noProxy, expected) => {
  expect(isExempt(host, noProxy)).toBe(expected)
})

test('plain HTTP goes to the proxy with the whole address; its login goes to nobody else', async () => {
  const proxy = await startHttpServer({ files: new Map() })
  cleanups.push(() => proxy.close())
  proxy.faults.set('*', (_request, response) => response.end('from the proxy') && true)
  const reach = reachWith({
    username: 'upd',
    password: 'own',
    proxy: { url: `http://prox:s3%40cret@127.0.0.1:${proxy.port}`, username: null, password: null },
  })
  const transport = openTransport('http://updates.example:8080/a/', reach)
  cleanups.push(() => transport.close())
  expect((await transport.read('b c', 100, quiet))?.url).toBe('http://updates.example:8080/a/b%20c')
  expect(proxy.requests[0]).toMatchObject({
    url: 'http://updates.example:8080/a/b%20c',
    headers: {
      host: 'updates.example:8080',
      authorization: `Basic ${Buffer.from('upd:own').toString('base64')}`,
      'proxy-authorization': `Basic ${Buffer.from('prox:s3@cret').toString('base64')}`,
    },
  })
})

test.each([
  [407, 'SOURCE_LOGIN'],
  [403, 'SOURCE_STATUS'],
  [502, 'SOURCE_STATUS'],
])('a proxy that answers CONNECT with %i', async (status, code) => {
  const asked: (string | undefined)[] = []
  const proxy = createServer().on('connect', (request, socket) => {
    asked.push(request.url)
    socket.on('error', () => {})
    socket.end(`HTTP/1.1 ${status} no\r\n\r\n`)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  cleanups.push(async () => proxy.close())
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const reach = reachWith({ proxy: { url, username: null, password: null } })
  const transport = openTransport('https://updates.example/', reach)
  cleanups.push(() => transport.close())
  await expect(transport.read('x', 100, quiet)).rejects.toMatchObject({ code })
  expect(asked[0]).toBe('updates.example:443')
})

test('403 of a plain address may be the word of the proxy, and names it only then', async () => {
  const proxy = await startHttpServer({ files: new Map() })
  cleanups.push(() => proxy.close())
  proxy.faults.set('*', (_request, response) => response.writeHead(403).end() && true)
  const url = `http://127.0.0.1:${proxy.port}`
  for (const [noProxy, named] of [
    [[], true],
    [['127.0.0.1'], false],
  ] as const) {
    const reach = reachWith({ proxy: { url, username: null, password: null }, noProxy })
    const transport = openTransport(`${url}/`, reach)
    cleanups.push(() => transport.close())
    const error = await transport.read('x', 100, quiet).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ code: 'SOURCE_STATUS' })
    expect((error as Error).message.includes('network.noProxy')).toBe(named)
  }
})

test('a proxy of another kind is refused', () => {
  const reach = reachWith({ proxy: { url: 'socks5://127.0.0.1:1', username: null, password: null } })
  expect(() => openTransport('http://127.0.0.1/', reach)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  )
})
