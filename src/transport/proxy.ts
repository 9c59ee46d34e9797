import { setFlagsFromString } from 'node:v8'
import { Agent, buildConnector, type Dispatcher, Pool } from 'undici'
import { DefsError } from '../error.ts'
import { decoded, isExempt } from './address.ts'
import { statusError } from './network-error.ts'
import type { ConnectionOptions } from './transport.ts'

/** Where a request for an address is sent, and in which form. */
export interface Route {
  readonly dispatcher: Dispatcher
  readonly origin: string
  readonly path: string
  /** Headers for the proxy, when the request itself is handed to one. */
  readonly headers: Readonly<Record<string, string>>
}

/** The ways from here to the servers of one transport; connections are kept and used again. */
export interface Routes {
  of(url: URL): Route
  close(): Promise<void>
}

/** Opens no connection yet. @throws CONFIG_INVALID for a proxy that is neither http nor https */
export function makeRoutes(reach: ConnectionOptions): Routes {
  const options = {
    timeout: reach.connectTimeout,
    highWaterMark: socketBytes,
    ...(reach.authorities ? { ca: reach.authorities } : {}),
  }
  const connect = connectorOf(options)
  const timeouts = { headersTimeout: reach.stallTimeout, bodyTimeout: reach.stallTimeout }
  const direct = new Agent({ ...timeouts, connect })
  const open: Dispatcher[] = [direct]
  const proxy = reach.proxy && readProxy(reach.proxy)
  const tunnels = proxy && new Agent({ ...timeouts, connect: tunnelThrough(proxy, reach, options, open) })
  if (tunnels) open.push(tunnels)

  function of(url: URL): Route {
    const path = url.pathname + url.search
    if (!proxy || !tunnels || !isProxied(url, reach)) {
      return { dispatcher: direct, origin: url.origin, path, headers: {} }
    }
    if (url.protocol === 'https:') return { dispatcher: tunnels, origin: url.origin, path, headers: {} }
    // Plain HTTP goes to a proxy with the whole address in the request line (RFC 9112, 3.2.2).
    const headers = { host: url.host, ...proxy.headers }
    return { dispatcher: direct, origin: proxy.origin, path: url.origin + path, headers }
  }

  return {
    of,
    async close() {
      // destroy, not close: a body that was left half-read must not hold us up.
      await Promise.all(open.map((dispatcher) => dispatcher.destroy()))
    },
  }
}

/** Whether a request for this address goes to the proxy. */
export function isProxied(url: URL, { proxy, noProxy }: ConnectionOptions): boolean {
  return proxy !== null && !isExempt(url.hostname, noProxy)
}

/** Less, and a connection stops and starts again with each read. Bytes. */
const socketBytes = 1024 * 1024

/** How much of a WebAssembly function is carried out before V8 optimizes it, by its version. Bytes, roughly. */
const usualBudgets: Readonly<Record<string, number>> = { '11.3': 1_800_000 }
const parserBudget = 1_000_000_000

/**
 * Makes connections. With the first one undici sets up its parser, whose optimizing would take V8 as long as half of a
 * package of 150 MB takes to arrive, and would gain nothing: it passes bodies on in large pieces.
 */
function connectorOf(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector(options)
  const usualBudget = usualBudgets[/^\d+\.\d+/.exec(process.versions.v8)?.[0] ?? '']
  // What is set must be put back, and V8 tells nobody what it is.
  if (usualBudget === undefined) return connect
  return (target, callback) =>
    connect(target, (...made) => {
      setFlagsFromString(`--wasm-tiering-budget=${parserBudget}`)
      try {
        callback(...made)
      } finally {
        // As it was: what V8 has compiled ahead is taken under the same flags only.
        setFlagsFromString(`--wasm-tiering-budget=${usualBudget}`)
      }
    })
}

interface Proxy {
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
}

function readProxy(proxy: NonNullable<ConnectionOptions['proxy']>): Proxy {
  const url = new URL(proxy.url)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new DefsError('CONFIG_INVALID', `network.proxy: ${url.protocol}// is no HTTP proxy`)
  }
  const username = proxy.username ?? decoded(url.username)
  const password = proxy.password ?? decoded(url.password)
  if (username === '') return { origin: url.origin, headers: {} }
  const basic = Buffer.from(`${username}:${password}`).toString('base64')
  return { origin: url.origin, headers: { 'proxy-authorization': `Basic ${basic}` } }
}

/** Connections through CONNECT, so that TLS runs from here to the server and the proxy sees nothing of it. */
function tunnelThrough(
  proxy: Proxy,
  reach: ConnectionOptions,
  options: buildConnector.BuildOptions,
  open: Dispatcher[],
): buildConnector.connector {
  const pool = new Pool(proxy.origin, { connect: connectorOf(options), headersTimeout: reach.connectTimeout })
  open.push(pool)
  const secure = buildConnector(options)
  return (options, callback) => {
    const target = `${options.hostname}:${options.port || 443}`
    pool.connect({ path: target, headers: { host: target, ...proxy.headers } }).then(
      ({ statusCode, socket }) => {
        if (statusCode === 200) {
          secure({ ...options, httpSocket: socket as never }, callback)
          return
        }
        socket.on('error', () => {}).destroy()
        callback(statusError(statusCode, undefined, `${proxy.origin}/ (proxy, asked for ${target})`), null)
      },
      (error: Error) => callback(error, null),
    )
  }
}
