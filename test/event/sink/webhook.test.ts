import { createHmac } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { describeError } from '../../../src/error.ts'
import type { WebhookConfig } from '../../../src/event/sink/sink-config.ts'
import { openWebhook } from '../../../src/event/sink/webhook.ts'
import {
  closedPort,
  common,
  eventAt,
  type Folder,
  makeCertificate,
  makeFolder,
  never,
  soon,
  world,
} from './world.ts'

interface Request {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

let folder: Folder
let close = () => undefined
let requests: Request[] = []
beforeAll(() => {
  folder = makeFolder()
})
afterAll(() => folder.remove())
afterEach(() => close())

/** Answers with each status in turn, then with the last one for good; 0 for no answer at all. */
async function start(...statuses: number[]): Promise<string> {
  requests = []
  const take: RequestListener = (request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const status = statuses[Math.min(requests.length, statuses.length - 1)] ?? 200
      requests.push({ headers: request.headers, body: Buffer.concat(pieces).toString('utf8') })
      if (status > 0) response.writeHead(status, { location: '/elsewhere' }).end('x')
    })
  }
  const server = createHttp(take).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  close = () => {
    server.closeAllConnections()
    server.close()
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}

function hook(url: string, more: Partial<WebhookConfig> = {}) {
  const none = { username: null, password: null, authorities: null }
  const secret = { file: null, variable: null }
  return openWebhook({ kind: 'webhook', ...common, url, secret, retries: 0, ...none, ...more }, world)
}

const code = (expected: string) => expect.objectContaining({ code: expected })

describe('a webhook', () => {
  it('is sent each event with a signature over time and body', async () => {
    const url = await start(204)
    const file = join(folder.path, 'secret')
    writeFileSync(file, 'key ä\n')
    const event = eventAt(0, { message: 'ä\n' })
    await hook(url, { secret: { file, variable: null } }).deliver([event], never)
    const [request] = requests
    expect(JSON.parse(request?.body ?? '')).toEqual(event)
    const time = String(request?.headers['x-defs-timestamp'])
    expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(60)
    const hmac = createHmac('sha256', 'key ä')
      .update(`${time}.`)
      .update(request?.body ?? '')
      .digest('hex')
    expect(request?.headers['x-defs-signature']).toBe(`sha256=${hmac}`)
    expect(request?.headers['content-type']).toBe('application/json')
  })

  it('logs in, and signs nothing without a key', async () => {
    await hook(await start(200), { username: 'upd', password: 'a:b' }).deliver([eventAt(0)], never)
    expect(requests[0]?.headers['authorization']).toBe(`Basic ${Buffer.from('upd:a:b').toString('base64')}`)
    expect(requests[0]?.headers['x-defs-signature']).toBeUndefined()
  })

  it('tries again at once what may pass, with the same delivery number', async () => {
    await hook(await start(503, 429, 200), { retries: 2 }).deliver([eventAt(0)], never)
    expect(requests).toHaveLength(3)
    expect(new Set(requests.map(({ headers }) => headers['x-defs-delivery'])).size).toBe(1)
  })

  it.each([
    [400, 'SINK_REFUSED', 1],
    [422, 'SINK_REFUSED', 1],
    [401, 'SINK_FAILED', 1],
    [404, 'SINK_FAILED', 1],
    [302, 'SINK_FAILED', 1],
    [500, 'SINK_FAILED', 2],
  ])('that answers %i is %s', async (status, expected, times) => {
    const sink = hook(await start(status), { retries: 1 })
    await expect(sink.deliver([eventAt(0)], never)).rejects.toEqual(code(expected))
    expect(requests).toHaveLength(times)
  })

  it('ends with the signal when no answer comes, or nobody listens', async () => {
    await expect(hook(await start(0), { retries: 5 }).deliver([eventAt(0)], soon())).rejects.toEqual(
      code('SINK_FAILED'),
    )
    const url = `http://127.0.0.1:${await closedPort()}/`
    await expect(hook(url).deliver([eventAt(0)], never)).rejects.toEqual(code('SINK_FAILED'))
  })

  it('names no path, which may be a secret, and waits for no body', async () => {
    const url = await start(500)
    const error = await hook(url)
      .deliver([eventAt(0)], never)
      .catch(describeError)
    expect(error).toContain('127.0.0.1')
    expect(error).not.toContain('hook')
    const server = createHttp((_, response) => void response.writeHead(200).write('x')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const gone = new Promise((resolve) => server.on('connection', (socket) => socket.on('close', resolve)))
    await hook(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`).deliver([eventAt(0)], never)
    await gone
    server.close()
  })

  it('over HTTPS checks the certificate', async () => {
    const { certificate, key } = makeCertificate(folder.path)
    const tls = { cert: readFileSync(certificate), key: readFileSync(key) }
    const server = createHttps(tls, (_, response) => void response.end()).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    close = () => void server.close()
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`
    await hook(url, { authorities: certificate }).deliver([eventAt(0)], never)
    await expect(hook(url).deliver([eventAt(0)], never)).rejects.toEqual(code('SINK_FAILED'))
  })
})
