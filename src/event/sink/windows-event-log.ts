import { oneLine } from '../../text/plain-text.ts'
import type { Level } from '../catalogue.ts'
import type { DefsEvent } from '../event.ts'
import { runTool } from './run-tool.ts'
import { oneByOne, type Sink, type SinkWorld } from './sink.ts'
import type { WindowsEventLogConfig } from './sink-config.ts'
import { cutToBytes } from './syslog-message.ts'

const types = { information: 'INFORMATION', warning: 'WARNING', error: 'ERROR' } as const satisfies Record<
  Level,
  string
>
// The greatest number that eventcreate takes.
const greatest = 1000
// What Windows takes for a whole command line, less the rest of it. Bytes.
const longest = 4096

/** The Application log of Windows, by the system's own `eventcreate.exe`. */
export function openWindowsEventLog(_: WindowsEventLogConfig, { env, sourceName }: SinkWorld): Sink {
  return {
    take: oneByOne,
    async deliver(events, signal) {
      for (const event of events) {
        await runTool(eventCreate(event, sourceName), { env, signal })
      }
    },
  }
}

/** The call that writes one event. Numbers above 1000 are written as 1000, with their number in the text. */
export function eventCreate(event: DefsEvent, sourceName: string): string[] {
  const text = event.id > greatest ? `Event ${event.id} (${event.name}): ${event.message}` : event.message
  return [
    'eventcreate.exe',
    ...['/L', 'APPLICATION', '/T', types[event.level], '/ID', String(Math.min(event.id, greatest))],
    ...['/SO', oneLine(sourceName), '/D', cutToBytes(oneLine(text), longest)],
  ]
}
