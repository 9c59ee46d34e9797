import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { DefsError } from '../../error.ts'
import { oneLine } from '../../text/plain-text.ts'
import type { DefsEvent } from '../event.ts'
import { runTool } from './run-tool.ts'
import { oneByOne, type Sink, type SinkWorld } from './sink.ts'
import type { JournaldConfig } from './sink-config.ts'
import { cutToBytes, severityOf } from './syslog-message.ts'

const socket = '/run/systemd/journal/socket'
// `journalctl -o json`, which collectors read, shows a field of 4,096 bytes or more as null (docs/field.md).
const longestValue = 4000

/**
 * The journal of systemd, with fields of our own (`DEFS_ID`, `DEFS_SET`...). Its socket takes datagrams, which Node
 * cannot send to a path, so `logger --journald` of util-linux carries them.
 */
export function openJournald(_: JournaldConfig, { env, sourceName }: SinkWorld): Sink {
  return {
    take: oneByOne,
    async deliver(events, signal) {
      // The library behind `logger` reports success when there is no journald at all.
      if (!existsSync(socket))
        throw new DefsError('SINK_FAILED', `no journald is running: ${socket} is missing`)
      for (const event of events) {
        const input = journalFields(event, sourceName)
        await runTool(['logger', '--journald'], { env, signal, input })
      }
    },
  }
}

/** One event as `logger --journald` reads it: a field a line, no line ends in values, no value that collectors do not see. */
export function journalFields(event: DefsEvent, sourceName: string): string {
  const fields = {
    MESSAGE: event.message,
    MESSAGE_ID: messageId(event.name),
    PRIORITY: severityOf[event.level],
    SYSLOG_IDENTIFIER: sourceName,
    DEFS_ID: event.id,
    DEFS_NAME: event.name,
    DEFS_TIME: event.time,
    DEFS_SET: event.set,
    DEFS_SOURCE: event.source,
    DEFS_PATH: event.path,
    DEFS_CODE: event.errorCode,
    DEFS_COUNT: event.count,
  }
  return Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${cutToBytes(oneLine(String(value)), longestValue)}\n`)
    .join('')
}

// 128 bits that stay the same for one kind of event, as sd-id128 wants them.
function messageId(name: string): string {
  return createHash('sha256').update(`defs event ${name}`).digest('hex').slice(0, 32)
}
