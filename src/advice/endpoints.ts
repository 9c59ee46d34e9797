import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Config, SourceConfig } from '../config/config.ts'
import { limits } from '../limits.ts'
import { isExempt } from '../transport/address.ts'

/** One address of a source, and where its first packet goes. */
export interface SourceAddress {
  /** The address or path as configured, login left out. */
  readonly address: string
  /** The server, or the proxy on the way to it; null for a file or folder of this machine. */
  readonly endpoint: Endpoint | null
  /** The path on this machine; null for a server. */
  readonly path: string | null
}

const usualPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'ftp:': 21, 'ftps:': 990 }

/** Where the first packet of a source goes, address by address. */
export function placesOf(source: SourceConfig, network: Config['network']): SourceAddress[] {
  if (source.kind === 'shared-sep') return [local(source.path)]
  if ('hosts' in source) return source.hosts.map((host) => placeOf(host, network))
  if (source.kind === 'intelligent-updater' && source.path !== null) return [local(source.path)]
  return source.urls.map((url) => placeOf(url, network))
}

function local(path: string): SourceAddress {
  return { address: path, endpoint: null, path }
}

function placeOf(address: string, { proxy, noProxy }: Config['network']): SourceAddress {
  if (!URL.canParse(address)) return local(address)
  const url = new URL(address)
  if (url.protocol === 'file:') return local(fileURLToPath(url))
  // LiveUpdate's rule: a proxy is for HTTP only.
  const through = /^https?:$/.test(url.protocol) && proxy !== null && !isExempt(url.hostname, noProxy)
  return { address, endpoint: endpointOf(through ? new URL(proxy) : url), path: null }
}

function endpointOf(url: URL): Endpoint {
  const port = url.port === '' ? (usualPorts[url.protocol] ?? 0) : Number(url.port)
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port }
}

/** A place that can be knocked at. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** What knocking told. */
export interface Knock extends Endpoint {
  readonly reachable: boolean
  readonly durationMs: number
  /** Why not, as the system names it (`ECONNREFUSED`, `ENOTFOUND`, `ETIMEDOUT`); null when somebody is there. */
  readonly error: string | null
}

/** Opens a TCP connection, sends nothing and closes it. Takes `limits.knock` at the most and never throws. */
export function probePort({ host, port }: Endpoint, signal: AbortSignal): Promise<Knock> {
  const begun = performance.now()
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const timer = setTimeout(() => end('ETIMEDOUT'), limits.knock)
    const abort = () => end('ABORT_ERR')
    function end(error: string | null): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      socket.destroy()
      const durationMs = Math.round(performance.now() - begun)
      resolve({ host, port, reachable: error === null, durationMs, error })
    }
    socket.once('connect', () => end(null))
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'EIO'))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}
