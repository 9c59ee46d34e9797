import { AsyncResource } from 'node:async_hooks'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node'
import { readNamed } from '../disk/foreign-file.ts'
import { DefsError, describeError } from '../error.ts'
import { limits } from '../limits.ts'

/** How the bus is reached. */
export interface BusAddress {
  /** `tls://host:port`, or `nats://host:port` in the clear. */
  readonly servers: readonly string[]
  /** Who this is; null where the server asks nobody. */
  readonly credentials: string | null
  /** PEM authorities of the servers; null for the system's. */
  readonly ca: string | null
}

/** Hosts come back within so long of each other, so that ten thousand of them do not come at once. Milliseconds. */
const spreadOut = 4000

/** Who connects. */
export interface BusIdentity {
  /** A token: it stands in subjects. */
  readonly name: string
  /** Answers the server's challenge; null when the credentials hold the seed. */
  readonly seed: string | null
}

/** Subjects and names of one fleet on the bus. */
export function busNames(fleet: string) {
  const upper = fleet.toUpperCase()
  return {
    report: (host: string) => `defs.${fleet}.report.${host}`,
    reports: `defs.${fleet}.report.*`,
    event: (host: string) => `defs.${fleet}.event.${host}`,
    events: `defs.${fleet}.event.*`,
    announcement: `defs.${fleet}.announce.card`,
    reportStream: `DEFS_${upper}_REPORT`,
    eventStream: `DEFS_${upper}_EVENT`,
    bucket: `defs_${fleet}`,
    bucketStream: `KV_defs_${fleet}`,
    cardSubject: `$KV.defs_${fleet}.card`,
    /** Where a host reads what was said last; it may ask nothing else of JetStream. */
    readCard: `$JS.API.DIRECT.GET.KV_defs_${fleet}.$KV.defs_${fleet}.card`,
  } as const
}

/**
 * Connects to the bus. The library is loaded only here: no command pays for it that does not use the bus.
 * @param patience how long the first connection may take, in milliseconds; with `stay` it then reconnects for ever, with
 *   `stay: 'soon'` as soon as there is a server again: for the one whom hosts report to
 * @throws SOURCE_UNREACHABLE, SOURCE_LOGIN; CONFIG_UNREADABLE for credentials or authorities that cannot be read
 */
export async function connectBus(
  bus: BusAddress,
  identity: BusIdentity,
  { patience, stay }: { readonly patience: number; readonly stay: boolean | 'soon' },
): Promise<NatsConnection> {
  const { connect, credsAuthenticator, jwtAuthenticator } = await import('@nats-io/transport-node')
  const { withOneSocket } = await import('./one-socket.ts')
  const maker = identity.seed === null ? 'defs fleet init' : 'defs fleet credentials'
  const credentials =
    bus.credentials === null ? null : await readText(bus.credentials, `'${maker}' where the controller is`)
  const secure = bus.servers.some((server) => server.startsWith('tls:'))
  const ca = bus.ca === null ? null : await readText(bus.ca, "'defs fleet init' where the controller is")
  const jitter = stay === true ? spreadOut : 100
  const options: ConnectionOptions = {
    servers: bus.servers.map((server) => server.replace(/^(tls|nats):\/\//, '')),
    name: identity.name,
    // Whole tokens only can be named in a template of rights.
    inboxPrefix: `_INBOX.${identity.name}`,
    timeout: patience,
    reconnect: stay !== false,
    // The library gives up for good after twenty seconds unless it is told otherwise.
    maxReconnectAttempts: stay === false ? 1 : -1,
    reconnectTimeWait: stay === 'soon' ? 250 : 1000,
    reconnectJitter: jitter,
    reconnectJitterTLS: jitter,
    ignoreClusterUpdates: true,
    ...(secure ? { tls: tlsOptions(bus, ca) } : {}),
    ...(credentials === null
      ? {}
      : identity.seed === null
        ? { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }
        : { authenticator: jwtAuthenticator(jwtOf(credentials), new TextEncoder().encode(identity.seed)) }),
  }
  try {
    return await withOneSocket(() => connect(options))
  } catch (error) {
    const why = describeError(error)
    const code = /authoriz|authentic|expired|revoked/i.test(why) ? 'SOURCE_LOGIN' : 'SOURCE_UNREACHABLE'
    const message = `the bus ${bus.servers.join(', ')} does not let us in: ${why}`
    throw new DefsError(code, message, { cause: error })
  }
}

/**
 * The library hands Node no name for a server that is written as an address, and Node then asks for `localhost`. Rule:
 * the certificate is one of a configured server. Stops: any other certificate that the authority has signed.
 */
function tlsOptions({ servers }: BusAddress, ca: string | null) {
  const hosts = servers.map((server) => new URL(server).hostname.replace(/^\[|\]$/g, ''))
  return {
    ...(ca === null ? {} : { ca }),
    checkServerIdentity(asked: string, certificate: PeerCertificate): Error | undefined {
      const named = hosts.some((host) => checkServerIdentity(host, certificate) === undefined)
      return named ? undefined : checkServerIdentity(asked, certificate)
    },
  }
}

/** The token of a credentials file, with or without the frame around it. */
function jwtOf(credentials: string): string {
  const framed = /-----BEGIN NATS USER JWT-----\s*([\w.-]+)\s*-/.exec(credentials)
  return framed?.[1] ?? credentials.trim()
}

/** @param maker the command that writes this file */
async function readText(path: string, maker: string): Promise<string> {
  return readNamed(path, limits.trustFile).then(String, (cause: unknown) => {
    const message = `cannot read ${path}, which fleet.bus names: ${maker} writes it`
    throw new DefsError('CONFIG_UNREADABLE', message, { path, cause })
  })
}

/**
 * Has what a line tells its owner set off nothing in its name. Rule: sockets that are opened because of a message are not
 * the line's. Stops: a daemon that is woken asks its source, which ends the line; the line comes back, which ends the
 * question, and the daemon waits for it for ever.
 */
export function outsideLine<Told extends unknown[]>(
  told: (...about: Told) => void,
): (...about: Told) => void {
  return AsyncResource.bind(told)
}
