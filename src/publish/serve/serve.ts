import { once } from 'node:events'
import { realpath } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import rateLimit from '@fastify/rate-limit'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { Config } from '../../config/config.ts'
import type { Context } from '../../context.ts'
import { readNamed } from '../../disk/foreign-file.ts'
import { DefsError, storeError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { clientAt, shareConnections } from '../../share-connections.ts'
import type { ChannelView } from '../channels.ts'
import { answer, openFinder, type Served } from './answer.ts'
import { frontPage } from './front-page.ts'
import { type Before, knownFirst } from './known.ts'
import { type Logins, openLogins, type Tokens } from './logins.ts'
import { healthOf, type Tally } from './metrics.ts'
import { openPieces } from './pieces.ts'

/** What is served, and where. */
export interface ServeRequest {
  readonly root: string
  readonly host: string
  readonly port: number
  /** Answer folders with a list of their files. */
  readonly listing: boolean
  /** What `/metrics` says; without it there is none. */
  readonly metrics?: (served: Tally) => Promise<string>
  /** What the first page says of the channels; without it their folders tell. */
  readonly channels?: () => Promise<readonly ChannelView[]>
}

/** A server at work. */
export interface Serving {
  /** With the port that was taken, ending in `/`. */
  readonly url: string
  /** Takes no further connection, lets running transfers end for a while, and closes. */
  readonly stop: () => Promise<void>
}

/**
 * Begins to serve a folder over HTTP, or HTTPS with a certificate: GET and HEAD only, no hidden files, no links,
 * nothing compressed on the way.
 * @throws SERVE_LISTEN, CONFIG_INVALID, STORE_* when there is no such folder
 */
export async function startServer(
  request: ServeRequest,
  config: Config['serve'],
  context: Context,
): Promise<Serving> {
  const root = await realpath(request.root).catch((error: unknown) => {
    throw storeError(error, `looking for ${request.root}`)
  })
  const served: Served = {
    root,
    find: openFinder(root),
    content: openPieces(),
    listing: request.listing,
  }
  const tokens = config.tokens === null ? null : await readTokens(config.tokens)
  const answers = new Map<number, number>()
  const told = ({ socket, method, url }: IncomingMessage, status: number, took: number) => {
    answers.set(status, (answers.get(status) ?? 0) + 1)
    const text = `${socket.remoteAddress} ${method} ${url} ${status} ${Math.round(took)} ms`
    context.emit({ type: 'note', level: 'debug', text })
  }
  const isOpen = tokens === null && config.rate === 0
  const server = await makeServer(config, isOpen ? knownFirst(served, told) : (route) => route)
  if (config.rate > 0) {
    await server.register(rateLimit, { global: false, max: config.rate, timeWindow: '1 minute' })
    // Counted before the token is looked at, or tokens could be guessed at any rate. Probes are not counted: a load
    // balancer must not take a busy server for a dead one.
    const keyGenerator = ({ ip }: FastifyRequest) => clientAt(ip)
    server.addHook('onRequest', server.rateLimit({ keyGenerator, allowList: isProbe }))
  }
  if (tokens !== null) {
    const logins = openLogins(tokens, context)
    server.addHook('onRequest', async (asked, reply) => refuse(asked, reply, logins))
  }
  server.addHook('onResponse', (asked, reply, done) => {
    told(asked.raw, reply.statusCode, reply.elapsedTime)
    done()
  })
  server.get('/healthz', async (_, reply) => {
    const health = await healthOf(root, context.now())
    return reply.code(health.ok ? 200 : 503).send(health)
  })
  const { metrics } = request
  if (metrics) {
    const startedAt = context.now()
    server.get('/metrics', async (_, reply) =>
      reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics({ startedAt, answers })),
    )
  }
  const scheme = config.certificate === null ? 'http' : 'https'
  if (!request.listing) {
    server.get('/', async (asked, reply) => {
      // Whoever asks names the host as it is reached from there; what is no such name is not repeated.
      const { host = '' } = asked.headers
      const origin = `${scheme}://${/^[\w.[\]:-]+$/.test(host) ? host : 'this-server'}`
      const channels = (await request.channels?.().catch(() => null)) ?? []
      return reply
        .type('text/html; charset=utf-8')
        .header('cache-control', 'no-cache')
        .header('content-security-policy', "default-src 'none'")
        .send(await frontPage(root, channels, origin, context.now()))
    })
  }
  server.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    handler: (asked, reply) => answer(asked, reply, served),
  })
  server.setNotFoundHandler((_, reply) => reply.code(405).header('allow', 'GET, HEAD').send())
  server.server.maxConnections = config.connections
  shareConnections(server.server, config.connections)
  return { url: await listen(server, request, scheme), stop: () => stop(server) }
}

/** Serves until the run is interrupted, and does `meanwhile` once the server is up. */
export async function serve(
  request: ServeRequest,
  config: Config['serve'],
  context: Context,
  meanwhile: () => Promise<void>,
): Promise<{ url: string }> {
  const serving = await startServer(request, config, context)
  context.emit({ type: 'note', level: 'information', text: `serving ${request.root} at ${serving.url}` })
  const ended = context.signal.aborted ? undefined : once(context.signal, 'abort')
  await Promise.all([ended, meanwhile()])
  await serving.stop()
  return { url: serving.url }
}

/** @param first who sees a request before the router */
async function makeServer(config: Config['serve'], first: Before): Promise<FastifyInstance> {
  const secure = await readCertificate(config)
  return fastify({
    bodyLimit: 1024,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreDuplicateSlashes: true },
    serverFactory(route) {
      const server = secure === null ? createServer() : createSecureServer(secure)
      server.on('request', first(route, server))
      // A transfer that stands still is ended, or a few hundred of them would be all there is room for.
      server.setTimeout(limits.stall)
      server.requestTimeout = limits.stall
      server.keepAliveTimeout = limits.stall
      return server
    },
  })
}

/** What HTTPS needs; null for a server without. @throws CONFIG_INVALID */
async function readCertificate({ certificate, key }: Config['serve']) {
  if (certificate === null && key === null) return null
  if (certificate === null || key === null) {
    throw new DefsError('CONFIG_INVALID', 'HTTPS needs both serve.certificate and serve.key')
  }
  return { cert: await readPem(certificate), key: await readPem(key), minVersion: 'TLSv1.2' as const }
}

async function readPem(path: string): Promise<Buffer> {
  return readNamed(path, limits.trustFile).catch((cause: unknown) => {
    throw new DefsError('CONFIG_INVALID', `cannot read ${path}: check serve.certificate and serve.key`, {
      path,
      cause,
    })
  })
}

async function listen(
  server: FastifyInstance,
  { host, port }: ServeRequest,
  scheme: string,
): Promise<string> {
  try {
    await server.listen({ host, port })
  } catch (cause) {
    await server.close()
    throw new DefsError('SERVE_LISTEN', `cannot listen at ${host} port ${port}: is it taken?`, { cause })
  }
  const address = server.server.address()
  const taken = typeof address === 'object' && address ? address.port : port
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${taken}/`
}

/** A question whether we are well: free to ask, for everybody. */
function isProbe({ url }: FastifyRequest): boolean {
  return url.split('?')[0] === '/healthz'
}

async function refuse(request: FastifyRequest, reply: FastifyReply, logins: Logins): Promise<void> {
  if (isProbe(request)) return
  if (logins.judge(request.ip, request.headers.authorization)) return
  await reply.code(401).header('www-authenticate', 'Basic realm="definitions", charset="UTF-8"').send()
}

async function stop(server: FastifyInstance): Promise<void> {
  const late = setTimeout(() => server.server.closeAllConnections(), limits.serveGrace)
  try {
    await server.close()
  } finally {
    clearTimeout(late)
  }
}

/**
 * Reads a file of hashed tokens: `<sha256> <name>` a line, `#` before comments. The tokens themselves are nowhere.
 * @throws CONFIG_INVALID for a file that cannot be read, a line of another form, or no token at all
 */
export async function readTokens(path: string): Promise<Tokens> {
  const bytes = await readNamed(path, limits.config).catch((cause: unknown) => {
    throw new DefsError('CONFIG_INVALID', `cannot read the tokens ${path}: check serve.tokens`, {
      path,
      cause,
    })
  })
  const tokens = new Map<string, string>()
  for (const [index, line] of bytes.toString().split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const match = /^([0-9a-f]{64})\s+(\S.*)$/i.exec(line.trim())
    if (!match) {
      throw new DefsError(
        'CONFIG_INVALID',
        `${path}, line ${index + 1}: write '<sha256 of the token> <name>'`,
        { path },
      )
    }
    tokens.set((match[1] ?? '').toLowerCase(), match[2] ?? '')
  }
  if (tokens.size > 0) return tokens
  throw new DefsError('CONFIG_INVALID', `${path} holds no token: nobody could read anything`, { path })
}
