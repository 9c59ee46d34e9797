import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { readAuthorities } from '../../disk/authorities.ts'
import { limits } from '../../limits.ts'
import type { DefsEvent } from '../event.ts'
import { logLocally } from './run-tool.ts'
import { type Sink, type SinkWorld, sinkFailed } from './sink.ts'
import type { SyslogConfig } from './sink-config.ts'
import { syslogMessage, writeSyslogAddress } from './syslog-message.ts'

/**
 * Syslog (RFC 5424) over UDP (RFC 5426), TCP (RFC 6587, octet counting), TLS (RFC 5425) or the local socket. UDP
 * confirms nothing; use TCP or TLS where no event may be lost.
 */
export function openSyslog(config: SyslogConfig, world: SinkWorld): Sink {
  return {
    take: (waiting) => Math.min(waiting, limits.sinkTogether),
    async deliver(events, signal) {
      try {
        await send(events, config, world, signal)
      } catch (error) {
        throw sinkFailed(`sending to ${writeSyslogAddress(config.address)}`, error)
      }
    },
  }
}

async function send(
  events: readonly DefsEvent[],
  { address, facility, authorities }: SyslogConfig,
  world: SinkWorld,
  signal: AbortSignal,
): Promise<void> {
  const messages = (most: number) => events.map((event) => syslogMessage(event, world, facility, most))
  switch (address.protocol) {
    case 'unix':
      return logLocally(events, { path: address.path, facility, world, signal })
    case 'udp':
      return sendDatagrams(messages(limits.syslogDatagram), address, signal)
    case 'tcp':
      return sendStream(frame(messages(limits.syslogMessage)), { ...address, authorities: null }, signal)
    case 'tls': {
      const pem = await readAuthorities(authorities)
      return sendStream(frame(messages(limits.syslogMessage)), { ...address, authorities: pem }, signal)
    }
  }
}

// Each message after its length: a line end inside one can never begin another.
function frame(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(messages.flatMap((message) => [Buffer.from(`${message.length} `), message]))
}

/**
 * Sends datagrams. Nobody confirms them; only a machine that says at once that nobody listens is a failure.
 * @throws what the resolver or the socket reports
 */
async function sendDatagrams(
  messages: readonly Uint8Array[],
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<void> {
  const { address, family } = await lookup(host)
  signal.throwIfAborted()
  const socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', signal })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      // Only a connected socket is told of the answer "port unreachable".
      socket.connect(port, address, resolve)
    })
    const broken = new Promise<never>((_, reject) => {
      socket.removeAllListeners('error').on('error', reject)
    })
    const sent = messages.map(
      (message) =>
        new Promise<void>((resolve, reject) =>
          socket.send(message, (error) => (error ? reject(error) : resolve())),
        ),
    )
    await Promise.race([broken, Promise.all(sent)])
    await Promise.race([broken, wait(limits.syslogDatagramAnswer)])
  } finally {
    if (!signal.aborted) socket.close()
  }
}

/** A place that takes a stream of bytes, with TLS or without. */
export interface StreamPlace {
  readonly host: string
  readonly port: number
  /** PEM of the authorities for TLS; null for no TLS. */
  readonly authorities: string | null
}

/**
 * Connects, sends, and waits until the other side has closed too: only then is it known that it read to the end.
 * @throws what the socket reports, or the signal's reason
 */
function sendStream(bytes: Uint8Array, place: StreamPlace, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const socket = open(place)
    const stop = () => socket.destroy(signal.reason instanceof Error ? signal.reason : new Error('stopped'))
    signal.addEventListener('abort', stop, { once: true })
    let failure: Error | undefined
    let ended = false
    socket.on('error', (error) => {
      failure ??= error
    })
    socket.on('end', () => {
      ended = true
    })
    socket.on('close', () => {
      signal.removeEventListener('abort', stop)
      if (failure) reject(failure)
      else if (!ended) reject(new Error('the connection was cut'))
      else resolve()
    })
    socket.resume()
    // Written once connected: what a server that closes at once never read must not count as sent.
    socket.once(place.authorities === null ? 'connect' : 'secureConnect', () => socket.end(bytes))
  })
}

function open({ host, port, authorities }: StreamPlace): Socket {
  if (authorities === null) return connect({ host, port })
  return connectTls({
    host,
    port,
    // RFC 6066 section 3: an address is no server name; the certificate is held against it all the same.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ca: authorities,
  })
}
