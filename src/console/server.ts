import { stat } from 'node:fs/promises'
import { Server } from 'node:tls'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { isLoopback } from '../config/read-value.ts'
import { readNamed } from '../disk/foreign-file.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { addApi } from './api/api-routes.ts'
import { type ClientOf, sendError } from './api/caller.ts'
import { bounds } from './bounds.ts'
import type { ConsoleParts, ConsoleSettings } from './facts.ts'
import { icon } from './page/frame.ts'
import { addActions } from './web/action-routes.ts'
import { readAssets } from './web/assets.ts'
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
  const { server, web } = await openConsole(parts, clientOf)
  try {
    await server.listen({ host: settings.host, port: settings.port })
  } catch (cause) {
    await server.close()
    const where = `${settings.host} port ${settings.port}`
    throw new DefsError('SERVE_LISTEN', `the console cannot listen at ${where}: is it taken?`, { cause })
  }
  const watching = web.secure ? watchCertificate(server, settings) : undefined
  const address = server.server.address()
  const port = typeof address === 'object' && address ? address.port : settings.port
  const name = settings.host.includes(':') ? `[${settings.host}]` : settings.host
  return {
    url: `${web.secure ? 'https' : 'http'}://${name}:${port}/`,
    async close() {
      clearInterval(watching)
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
): Promise<{ server: FastifyInstance; web: Web }> {
  const { settings } = parts
  const server = await makeServer(settings)
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
  server.setNotFoundHandler((request, reply) => notFound(web, request, reply))
  server.setErrorHandler((error: unknown, request, reply) => failed(web, error, request, reply))
  return { server, web }
}

async function makeServer({ host, certificate, key }: ConsoleSettings): Promise<FastifyInstance> {
  const options = {
    bodyLimit: bounds.body,
    requestTimeout: bounds.request,
    keepAliveTimeout: bounds.keepAlive,
    // Streams stand open for hours; what is idle is ended by the time of keepAlive.
    connectionTimeout: 0,
    forceCloseConnections: true,
  }
  const made = await makeFastify(options, host, certificate, key)
  made.server.maxConnections = bounds.connections
  return made
}

async function makeFastify(
  options: object,
  host: string,
  certificate: string | null,
  key: string | null,
): Promise<FastifyInstance> {
  if (certificate !== null && key !== null) {
    const https = { ...(await readPair(certificate, key)), minVersion: 'TLSv1.2' as const }
    return fastify({ ...options, https }) as unknown as FastifyInstance
  }
  if (certificate === null && key === null) {
    if (isLoopback(host)) return fastify(options)
    const text = `the console at ${host} would send passwords in the clear: write console.certificate and console.key, or listen at 127.0.0.1`
    throw new DefsError('CONFIG_INVALID', text)
  }
  throw new DefsError('CONFIG_INVALID', 'HTTPS needs both console.certificate and console.key')
}

async function readPair(certificate: string, key: string) {
  try {
    return {
      cert: await readNamed(certificate, limits.trustFile),
      key: await readNamed(key, limits.trustFile),
    }
  } catch (cause) {
    throw new DefsError('CONFIG_INVALID', 'cannot read console.certificate or console.key', { cause })
  }
}

/** A renewed certificate is taken up without a restart; one that makes no sense is not. */
function watchCertificate(server: FastifyInstance, { certificate, key }: ConsoleSettings): NodeJS.Timeout {
  let seen = ''
  const look = async () => {
    if (certificate === null || key === null) return
    const [one, two] = await Promise.all([stat(certificate), stat(key)])
    const now = `${one.mtimeMs} ${one.size} ${two.mtimeMs} ${two.size}`
    if (seen !== '' && seen !== now && server.server instanceof Server) {
      server.server.setSecureContext(await readPair(certificate, key))
    }
    seen = now
  }
  const quietly = () => void look().catch(() => undefined)
  quietly()
  return setInterval(quietly, bounds.certificateLook).unref()
}

function notFound(web: Web, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.url.startsWith('/api/')) return sendError(reply, 404, 'NOT_FOUND', 'there is no such endpoint')
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
  return sendRefusal(web, reply, { id: null, user: null }, status, text)
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
