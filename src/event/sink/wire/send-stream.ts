import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** A place that takes a stream of bytes, with TLS or without. */
export interface StreamPlace {
  readonly host: string
  readonly port: number
  /** PEM of the authorities for TLS; undefined for the system's, null for no TLS. */
  readonly authorities: string | null | undefined
}

/**
 * Connects, sends, and waits until the other side has closed too: only then is it known that it read to the end.
 * @throws what the socket reports, or the signal's reason
 */
export function sendStream(bytes: Uint8Array, place: StreamPlace, signal: AbortSignal): Promise<void> {
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
    ...(authorities === undefined ? {} : { ca: authorities }),
  })
}
