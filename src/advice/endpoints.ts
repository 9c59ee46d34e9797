import { fileURLToPath } from 'node:url'
import type { Config, SourceConfig } from '../config/config.ts'
import { isExempt } from '../source/transport/exempt.ts'
import type { Endpoint } from './knock.ts'

/** One address of a source, and where its first packet goes. */
export interface Place {
  /** The address or path as configured, login left out. */
  readonly address: string
  /** The server, or the proxy on the way to it; null for a file or folder of this machine. */
  readonly endpoint: Endpoint | null
  /** The path on this machine; null for a server. */
  readonly path: string | null
}

const usualPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'ftp:': 21, 'ftps:': 990 }

/** Where the first packet of a source goes, address by address. */
export function placesOf(source: SourceConfig, network: Config['network']): Place[] {
  if (source.kind === 'shared-sep') return [local(source.path)]
  if ('hosts' in source) return source.hosts.map((host) => placeOf(host, network))
  if (source.kind === 'intelligent-updater' && source.path !== null) return [local(source.path)]
  return source.urls.map((url) => placeOf(url, network))
}

function local(path: string): Place {
  return { address: path, endpoint: null, path }
}

function placeOf(address: string, { proxy, noProxy }: Config['network']): Place {
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
