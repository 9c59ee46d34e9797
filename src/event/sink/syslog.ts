import { readFile } from 'node:fs/promises'
import { limits } from '../../limits.ts'
import type { DefsEvent } from '../event.ts'
import type { Sink, SinkWorld } from './sink.ts'
import type { SyslogConfig } from './sink-config.ts'
import { logLocally } from './wire/log-locally.ts'
import { sendDatagrams } from './wire/send-datagram.ts'
import { sendStream } from './wire/send-stream.ts'
import { sinkFailed } from './wire/sink-error.ts'
import { writeSyslogAddress } from './wire/syslog-address.ts'
import { syslogMessage } from './wire/syslog-message.ts'

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
      const pem = authorities === null ? undefined : await readFile(authorities, 'utf8')
      return sendStream(frame(messages(limits.syslogMessage)), { ...address, authorities: pem }, signal)
    }
  }
}

// Each message after its length: a line end inside one can never begin another.
function frame(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(messages.flatMap((message) => [Buffer.from(`${message.length} `), message]))
}
