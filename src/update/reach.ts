import { readFile } from 'node:fs/promises'
import type { Config, SourceConfig } from '../config/config.ts'
import { DefsError } from '../error.ts'
import type { Reach } from '../source/transport.ts'

/** How one source is reached: the network options with the source's own login. */
export async function reachOf(source: SourceConfig, network: Config['network']): Promise<Reach> {
  return {
    username: source.username,
    password: source.password,
    tls: source.tls,
    authorities: network.authorities === null ? null : await readAuthorities(network.authorities),
    proxy:
      network.proxy === null
        ? null
        : { url: network.proxy, username: network.proxyUsername, password: network.proxyPassword },
    noProxy: network.noProxy,
    connectTimeout: network.connectTimeout,
    stallTimeout: network.stallTimeout,
    userAgent: network.userAgent,
  }
}

async function readAuthorities(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new DefsError('CONFIG_UNREADABLE', `cannot read network.authorities ${file}`, { cause, path: file })
  }
}
