import { createServer, type Server } from 'node:https'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { isLoopback } from '../config/read-value.ts'
import { DefsError } from '../error.ts'
import { shareConnections } from '../share-connections.ts'
import { addApi } from './api/api-routes.ts'
import { type ClientOf, callerOf, sendError, sendUnauthorised } from './api/caller.ts'
import { bounds } from './bounds.ts'
import type { ConsoleParts, ConsoleSettings } from './facts.ts'
import { icon } from './page/frame.ts'
import { addActions } from './web/action-routes.ts'
import { readAssets } from './web/assets.ts'
import { type PairFiles, readPair, tlsOptions, watchPair } from './web/certificate.ts'
import { isOurHost, setHeaders } from './web/guard.ts'
import { addLogin } from './web/login-routes.ts'
import { addPages, toLogin } from './web/page-routes.ts'
import { openWeb, sendRefusal, visitorOf, type Web } from './web/web.ts'

/** A console at work. */
export interface ConsoleServer {
  /** With the port that was taken, ending in `/`. */
  readonly url: string
  /** Ends the streams, lets a run of ours come to its end, and closes. */
  readonly close: () => Promise<void>
}

/**
 * Serves the console.
 * @param clientOf whose bearer token one is
 * @throws SERVE_LISTEN, CONFIG_INVALID for plain HTTP beyond this machine, or a certificate that cannot be used
 */
export async function serveConsole(parts: ConsoleParts, clientOf: ClientOf): Promise<ConsoleServer> {
  const { settings } = parts
  const { server, web, watch } = await openConsole(parts, clientOf)
  try {
    await server.listen({ host: settings.host, port: settings.port })
  } catch (cause) {
    await server.close()
    const where = `${settings.host} port ${settings.port}`
    throw new DefsError('SERVE_LISTEN', `the console cannot listen at ${where}: is it taken?`, { cause })
  }
  const unwatch = watch(parts)
  const address = server.server.address()
  const port = typeof address === 'object' && address ? address.port : settings.port
  const name = settings.host.includes(':') ? `[${settings.host}]` : settings.host
  return {
    url: `${web.secure ? 'https' : 'http'}://${name}:${port}/`,
    async close() {
      unwatch()
      web.stream.close()
      await web.runs.close()
      const late = setTimeout(() => server.server.closeAllConnections(), bounds.grace)
      await server.close()
      clearTimeout(late)
    },
  }
}

/** Everything but the listening; tests ask it without a network. @throws CONFIG_INVALID */
export async function openConsole(
  parts: ConsoleParts,
  clientOf: ClientOf,
): Promise<Made & { readonly web: Web }> {
  const { settings } = parts
  const { server, watch } = await makeServer(settings)
  const web = openWeb(parts, await readAssets())
  server.addHook('onRequest', async (request, reply) => {
    setHeaders(reply, web.secure)
    if (!isOurHost(request, settings)) {
      return reply
        .code(421)
        .type('text/plain; charset=utf-8')
        .send('This console has another name: see console.names\n')
    }
  })
  server.addHook('onClose', () => web.close())
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_: FastifyRequest, body: string) => Object.fromEntries(new URLSearchParams(body)),
  )
  server.get('/static/:name', (request: FastifyRequest<{ Params: { name: string } }>, reply) => {
    const asset = web.assets.byName.get(request.params.name)
    if (!asset) return reply.callNotFound()
    // Its name changes with its bytes.
    reply.header('cache-control', 'public, max-age=31536000, immutable')
    return reply.type(asset.type).send(asset.bytes)
  })
  server.get('/favicon.ico', (_, reply) => reply.type('image/svg+xml').send(icon))
  addLogin(server, web)
  addPages(server, web)
  addActions(server, web)
  addApi(server, web, clientOf)
  server.setNotFoundHandler((request, reply) => notFound(web, request, reply, clientOf))
  server.setErrorHandler((error: unknown, request, reply) => failed(web, error, request, reply))
  return { server, watch, web }
}

interface Made {
  readonly server: FastifyInstance
  /** Follows the files of the certificate; ends that when called. */
  readonly watch: (parts: ConsoleParts) => () => void
}

const serverOptions = {
  bodyLimit: bounds.body,
  requestTimeout: bounds.request,
  keepAliveTimeout: bounds.keepAlive,
  // Streams stand open for hours; what is idle is ended by the time of keepAlive.
  connectionTimeout: 0,
  forceCloseConnections: true,
} as const

async function makeServer({ host, certificate, key }: ConsoleSettings): Promise<Made> {
  if (certificate !== null && key !== null) return makeSecure({ certificate, key })
  if (certificate !== null || key !== null)
    throw new DefsError('CONFIG_INVALID', 'HTTPS needs both console.certificate and console.key')
  if (!isLoopback(host)) {
    const text = `the console at ${host} would send passwords in the clear: write console.certificate and console.key, or listen at 127.0.0.1`
    throw new DefsError('CONFIG_INVALID', text)
  }
  const server = fastify(serverOptions)
  server.server.maxConnections = bounds.connections
  shareConnections(server.server, bounds.connections)
  return { server, watch: () => () => undefined }
}

async function makeSecure(files: PairFiles): Promise<Made> {
  const pair = await readPair(files)
  const servers: Server[] = []
  const server = fastify({
    ...serverOptions,
    // Of `localhost` there are two, one for each family of addresses.
    serverFactory(handler) {
      const made = createServer(tlsOptions(pair), handler)
      made.requestTimeout = bounds.request
      made.keepAliveTimeout = bounds.keepAlive
      made.setTimeout(0)
      made.maxConnections = bounds.connections
      shareConnections(made, bounds.connections)
      servers.push(made)
      return made
    },
  }) as unknown as FastifyInstance
  return { server, watch: (parts) => watchPair(servers, files, pair, parts) }
}

function notFound(web: Web, request: FastifyRequest, reply: FastifyReply, clientOf: ClientOf): FastifyReply {
  if (request.url.startsWith('/api/')) {
    // What there is is nobody's business who may not ask.
    if (!callerOf(web, request, clientOf)) return sendUnauthorised(reply)
    return sendError(reply, 404, 'NOT_FOUND', 'there is no such endpoint')
  }
  const visitor = visitorOf(web, request)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return sendRefusal(web, reply, visitor, 404, 'There is nothing like that')
  if (!visitor.user && !request.url.startsWith('/static/')) return toLogin(request, reply)
  return sendRefusal(web, reply, visitor, 404, 'There is no such page: the ones there are stand above')
}

function failed(web: Web, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = statusOf(error)
  const text = textOf(error, status)
  if (request.url.startsWith('/api/'))
    return sendError(reply, status, status === 500 ? 'BUG' : 'USAGE_ARGUMENT', text)
  return sendRefusal(web, reply, { id: null, user: null, proxied: false, stranger: null }, status, text)
}

function statusOf(error: unknown): number {
  const code = typeof error === 'object' && error !== null ? Reflect.get(error, 'statusCode') : undefined
  return typeof code === 'number' && code >= 400 && code < 500 ? code : 500
}

function textOf(error: unknown, status: number): string {
  if (status === 413) return `More than ${bounds.body} bytes are too much: nothing was done`
  if (error instanceof DefsError) return `${error.message} [${error.code}]`
  return status < 500
    ? 'That was not understood: nothing was done'
    : 'Something unforeseen happened: see the log of the daemon'
}
