import type { ConnectionOptions } from '../../src/transport/transport.ts'

/** No login, no proxy, and short waits. */
export function reachWith(change: Partial<ConnectionOptions> = {}): ConnectionOptions {
  return {
    username: null,
    password: null,
    tls: null,
    authorities: null,
    proxy: null,
    noProxy: [],
    connectTimeout: 5000,
    stallTimeout: 5000,
    userAgent: 'defs-test',
    ...change,
  }
}
