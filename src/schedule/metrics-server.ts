import { lstat, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { limits } from '../limits.ts'
import { shareConnections } from '../share-connections.ts'

/** What the server tells, asked anew for every request. */
export interface MetricsAnswers {
  /** In the text format of Prometheus. */
  readonly metrics: () => Promise<string>
  /** Whether the machine is protected as far as can be known, and the verdict as JSON. */
  readonly health: () => Promise<{ readonly well: boolean; readonly json: string }>
}

export interface MetricsServer {
  /** Null for a socket with a path. */
  readonly port: number | null
  readonly close: () => Promise<void>
}

/**
 * Serves `/metrics`, `/healthz` (200 when all is well, else 503, with the verdict) and `/livez` (200 while we run), and
 * nothing else.
 * @param listen `host:port`, or the path of a Unix socket
 * @throws what `listen` of Node reports, as EADDRINUSE
 */
export async function serveMetrics(listen: string, answers: MetricsAnswers): Promise<MetricsServer> {
  const server = createServer(
    {
      maxHeaderSize: limits.metricsHeaders,
      requestTimeout: limits.metricsRequest,
      headersTimeout: limits.metricsRequest,
      connectionsCheckingInterval: limits.metricsRequest,
    },
    answer(answers),
  )
  server.maxConnections = limits.metricsConnections
  shareConnections(server, limits.metricsConnections)
  const network = /^\[?([^\\/[\]]+)\]?:(\d{1,5})$/.exec(listen)
  if (!network) await removeSocket(listen)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    if (network) server.listen(Number(network[2]), network[1], resolve)
    else server.listen(listen, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : null,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answer({ metrics, health }: MetricsAnswers): RequestListener {
  return async (request, response) => {
    const path = request.url?.split('?')[0]
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD') return say(response, 405, 'GET only\n')
      if (path === '/metrics') return say(response, 200, await metrics(), 'text/plain; version=0.0.4')
      if (path === '/livez') return say(response, 200, 'alive\n')
      if (path !== '/healthz') return say(response, 404, 'there is /metrics, /healthz and /livez\n')
      const { well, json } = await health()
      say(response, well ? 200 : 503, `${json}\n`, 'application/json')
    } catch {
      say(response, 500, 'the store cannot be read\n')
    }
  }
}

function say(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, connection: 'close' }).end(text)
}

// A daemon that was killed leaves its socket behind, and nobody can listen there any more.
async function removeSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null)
  if (found?.isSocket()) await rm(path, { force: true })
}
