import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MetricsServer, serveMetrics } from '../../src/schedule/metrics-server.ts'

let health = 'ok'
let broken = false
let server: MetricsServer
const answers = {
  metrics: async () => {
    if (broken) throw new Error('no disk')
    return 'defs_sets 1\n'
  },
  health: async () => ({ well: health === 'ok', json: JSON.stringify({ state: health }) }),
}
beforeEach(async () => {
  health = 'ok'
  broken = false
  server = await serveMetrics('127.0.0.1:0', answers)
})
afterEach(() => server.close())

const get = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, init)

describe('the server of metrics', () => {
  it('serves metrics and health, and nothing else', async () => {
    const metrics = await get('/metrics')
    expect([metrics.status, await metrics.text()]).toEqual([200, 'defs_sets 1\n'])
    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect((await get('/healthz')).status).toBe(200)
    health = 'stale'
    const ill = await get('/healthz?now')
    expect([ill.status, await ill.text()]).toEqual([503, '{"state":"stale"}\n'])
    expect((await get('/livez')).status).toBe(200)
    expect((await get('/')).status).toBe(404)
    expect((await get('/metrics/../etc/passwd')).status).toBe(404)
    expect((await get('/metrics', { method: 'POST', body: 'x' })).status).toBe(405)
  })

  it('says so when it cannot tell, and goes on', async () => {
    broken = true
    expect((await get('/metrics')).status).toBe(500)
    broken = false
    expect((await get('/metrics')).status).toBe(200)
  })

  it('does not read headers without end', async () => {
    const status = await get('/metrics', { headers: { 'x-long': 'x'.repeat(20_000) } }).then(
      (response) => response.status,
      () => 0,
    )
    expect([431, 0]).toContain(status)
  })

  it.skipIf(process.platform !== 'linux')('leaves room for others when one opens all he can', async () => {
    const held = [...Array(40)].map(() =>
      connect({ port: server.port ?? 0, host: '127.0.0.1', localAddress: '127.0.0.2' }),
    )
    try {
      const ends = held.map((socket) =>
        once(
          socket.on('error', () => undefined),
          'close',
        ),
      )
      // Whoever is one too many is let go at once; those that are kept wait for their request.
      await Promise.race(ends)
      expect((await get('/livez')).status).toBe(200)
    } finally {
      for (const socket of held) socket.destroy()
    }
  })

  it('listens at a socket with a path, one left behind included', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'defs-metrics-'))
    const path = join(folder, 'metrics.sock')
    try {
      // A listener that never closes leaves its socket on disk.
      const first = await serveMetrics(path, answers)
      const second = await serveMetrics(path, answers)
      const status = await new Promise((resolve, reject) => {
        request({ socketPath: path, path: '/healthz' }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
          .on('error', reject)
          .end()
      })
      expect(status).toBe(200)
      await second.close()
      await first.close()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('fails to open where somebody listens already', async () => {
    await expect(serveMetrics(`127.0.0.1:${server.port}`, answers)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })
})
