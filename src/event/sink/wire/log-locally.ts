import { limits } from '../../../limits.ts'
import type { Level } from '../../catalogue.ts'
import type { DefsEvent } from '../../event.ts'
import type { SinkWorld } from '../sink.ts'
import type { Facility } from './facility.ts'
import { cutToBytes, oneLine } from './one-line.ts'
import { plainEnvironment } from './plain-environment.ts'
import { runTool } from './run-tool.ts'
import { escapeValue, structureId, structureOf } from './syslog-message.ts'

const priorities = { error: 'err', warning: 'warning', information: 'info' } as const satisfies Record<
  Level,
  string
>

/** How the local socket is reached. */
export interface LocalLog {
  readonly path: string
  readonly facility: Facility
  readonly world: SinkWorld
  readonly signal: AbortSignal
}

/**
 * Writes events to the local syslog socket. It takes datagrams, which Node cannot send to a path, so `logger` of
 * util-linux carries them.
 * @throws SINK_FAILED
 */
export async function logLocally(events: readonly DefsEvent[], log: LocalLog): Promise<void> {
  for (const event of events) {
    const parameters = structureOf(event).flatMap(([name, value]) => [
      '--sd-param',
      `${name}="${escapeValue(value)}"`,
    ])
    await runTool(
      [
        ...['logger', '--socket', log.path, '--socket-errors=on', '--rfc5424=notq'],
        ...['--tag', log.world.sourceName, `--id=${process.pid}`, '--msgid', event.name],
        ...['--priority', `${facilityOf(log.facility)}.${priorities[event.level]}`],
        ...['--size', String(limits.syslogDatagram), '--sd-id', structureId, ...parameters],
        ...['--', cutToBytes(oneLine(event.message), limits.syslogDatagram / 2)],
      ],
      { env: plainEnvironment(log.world.env), signal: log.signal },
    )
  }
}

// These have a number and no name there.
function facilityOf(facility: Facility): string {
  return ['ntp', 'audit', 'alert', 'clock'].includes(facility) ? 'daemon' : facility
}
