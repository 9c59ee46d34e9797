import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { bytesAt, type Entry, entriesBelow, entryAt, plainPath, type Served } from './tree.ts'

/** Answers instead of the server; return false to let the server answer after all. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => unknown

export interface HttpServerOptions {
  readonly files: Served
  /** Key and certificate in PEM: serves HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Answers folders with an index. */
  readonly autoindex?: 'html' | 'json'
  /** Asks for Basic credentials. */
  readonly login?: { readonly username: string; readonly password: string }
}

export interface HttpRecord {
  readonly method: string
  /** As sent, still encoded. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
}

export interface HttpServer {
  readonly port: number
  /** With `/` at the end. */
  readonly url: string
  readonly files: Served
  readonly requests: HttpRecord[]
  /** Faults by decoded path with a `/` in front; `*` is asked for every path. Change at will. */
  readonly faults: Map<string, HttpHandler>
  /** How many connections came in. */
  readonly connections: () => number
  close(): Promise<void>
}

/** A server of files on 127.0.0.1 with ETag, If-None-Match, Last-Modified, Range and If-Range, and faults by path. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const requests: HttpRecord[] = []
  const faults = new Map<string, HttpHandler>()
  const sockets = new Set<Socket>()
  let connections = 0

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/'
    requests.push({ method: request.method ?? '', url, headers: request.headers })
    const path = decodeURIComponent(new URL(url, 'http://127.0.0.1').pathname)
    const fault = faults.get(path) ?? faults.get('*')
    if (fault && (await fault(request, response)) !== false) return
    serve(options, path, request, response)
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => void handle(request, response)
  const server: Server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener)
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/`,
    files: options.files,
    requests,
    faults,
    connections: () => connections,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function serve(
  options: HttpServerOptions,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { login } = options
  const expected = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
  if (expected !== undefined && request.headers.authorization !== expected) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end()
    return
  }
  const plain = plainPath(path) ?? ''
  const entries = options.autoindex && path.endsWith('/') ? entriesBelow(options.files, plain) : undefined
  if (entries) {
    serveIndex(options.autoindex === 'json', path, entries, response)
    return
  }
  const body = bytesAt(options.files, plain)
  const entry = entryAt(options.files, plain)
  if (!body || !entry) {
    response.writeHead(404, { 'content-type': 'text/html' }).end('<html>not found</html>')
    return
  }
  serveFile(body, entry.modified, request, response)
}

/** Sends a file as a well-behaved server does; for handlers that only want to change a detail around it. */
export function serveFile(
  body: Buffer,
  modified: Date,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const etag = `"${createHash('sha1').update(body).digest('hex').slice(0, 16)}"`
  const lastModified = modified.toUTCString()
  response.setHeader('etag', etag)
  response.setHeader('last-modified', lastModified)
  response.setHeader('accept-ranges', 'bytes')
  response.setHeader('content-type', 'application/octet-stream')
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end()
    return
  }
  const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]
  const condition = request.headers['if-range']
  const same = condition === undefined || condition === etag || condition === lastModified
  if (from === undefined || !same) {
    response.writeHead(200, { 'content-length': body.length }).end(body)
    return
  }
  const start = Number(from)
  if (start >= body.length) {
    response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end()
    return
  }
  response.writeHead(206, {
    'content-length': body.length - start,
    'content-range': `bytes ${start}-${body.length - 1}/${body.length}`,
  })
  response.end(body.subarray(start))
}

function serveIndex(json: boolean, path: string, entries: readonly Entry[], response: ServerResponse): void {
  if (json) {
    const list = entries.map((entry) => ({
      name: entry.name,
      type: entry.folder ? 'directory' : 'file',
      mtime: entry.modified.toUTCString(),
      ...(entry.folder ? {} : { size: entry.bytes }),
    }))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list))
    return
  }
  const lines = entries.map((entry) => {
    const href = encodeURIComponent(entry.name) + (entry.folder ? '/' : '')
    const size = entry.folder ? '-' : entry.bytes
    return `<a href="${href}">${entry.name}</a>    21-Nov-2026 06:00    ${size}`
  })
  response.writeHead(200, { 'content-type': 'text/html' })
  response.end(
    `<html><head><title>Index of ${path}</title></head><body><h1>Index of ${path}</h1><hr><pre><a href="../">../</a>\n${lines.join('\n')}\n</pre></body></html>`,
  )
}
