import { tmpdir } from 'node:os'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { runCommand } from '../../run-command.ts'
import { oneLine } from '../../text/plain-text.ts'
import type { Level } from '../catalogue.ts'
import type { DefsEvent } from '../event.ts'
import type { SinkWorld } from './sink.ts'
import { cutToBytes, escapeValue, type Facility, structureId, structureOf } from './syslog-message.ts'

/** What a program is run with. */
export interface ToolOptions {
  /** Variables of the event. */
  readonly variables?: NodeJS.ProcessEnv
  /** Ours; what holds secrets of other sinks is taken out. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Milliseconds. */
  readonly timeout?: number
  readonly input?: string
}

/** Runs a program that takes events; status 0 says that it has them. @throws SINK_FAILED */
export async function runTool(argv: readonly string[], options: ToolOptions): Promise<void> {
  const { env, variables = {}, signal, timeout = limits.sinkDelivery, input = '' } = options
  const ended = await runCommand(argv, {
    env,
    variables,
    // No folder of ours: a program that stays must keep nothing from being removed.
    cwd: tmpdir(),
    timeout,
    signal,
    input,
    grace: limits.sinkGrace,
  }).catch((cause: unknown) => {
    throw new DefsError('SINK_FAILED', `cannot run ${argv[0]}: check that it is there`, { cause })
  })
  if (ended.stopped === null && ended.status === 0) return
  const how =
    ended.stopped === null
      ? `ended with ${ended.status === null ? 'a signal' : `status ${ended.status}`}`
      : 'was ended: it took too long'
  const said = ended.output === '' ? '' : `: ${ended.output.slice(-200)}`
  throw new DefsError('SINK_FAILED', `${argv[0]} ${how}${said}`)
}

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
      { env: log.world.env, signal: log.signal },
    )
  }
}

// These have a number and no name there.
function facilityOf(facility: Facility): string {
  return ['ntp', 'audit', 'alert', 'clock'].includes(facility) ? 'daemon' : facility
}
