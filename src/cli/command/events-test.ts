import { hostname } from 'node:os'
import { performance } from 'node:perf_hooks'
import { DefsError, describeError } from '../../error.ts'
import { makeEvent } from '../../event/make-event.ts'
import { openSink } from '../../event/sink/kinds.ts'
import type { SinkConfig } from '../../event/sink/sink-config.ts'
import { deliverInTime } from '../../event/spool/deliver-in-time.ts'
import type { CommandResult, Line } from '../command-result.ts'
import type { Session } from '../session.ts'

export interface EventsTestInput {
  /** Name of a sink, or its place in the list from 0; null for all. */
  readonly sink: string | null
}

interface Tried {
  readonly name: string
  readonly kind: SinkConfig['kind']
  readonly delivered: boolean
  /** Why it was not. */
  readonly error: string | null
  readonly durationMs: number
}

/** Sends a test event through the sinks, past their filters; 0 when every one took it, 3 otherwise. */
export async function runEventsTest({ sink }: EventsTestInput, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { sinks: all, sourceName } = config.events
  const chosen =
    sink === null ? all : all.filter(({ name }, index) => name === sink || String(index) === sink)
  if (sink !== null && chosen.length === 0) {
    const names = all.map(({ name }) => name).join(', ') || 'none'
    throw new DefsError('USAGE_ARGUMENT', `there is no sink '${sink}'; configured: ${names}`)
  }
  const { now, signal } = session.context
  const event = makeEvent('sink.test', {}, { now: now(), productVersion: config.product.version })
  const world = { env: session.world.env, host: hostname(), sourceName }
  const sinks = await Promise.all(chosen.map((one) => tryOne(one)))
  const missed = sinks.filter(({ delivered }) => !delivered)
  if (sinks.length > 0 && missed.length === 0)
    return { exitCode: 0, json: { sinks }, lines: sinks.map(lineOf) }
  const text = sinks.length === 0 ? 'no sink is configured: see events.sinks' : namesOf(missed)
  return {
    exitCode: 3,
    json: { sinks },
    lines: sinks.map(lineOf),
    error: new DefsError('SINK_FAILED', text),
  }

  async function tryOne(config: SinkConfig): Promise<Tried> {
    const began = performance.now()
    const took = () => Math.round(performance.now() - began)
    const { name, kind } = config
    try {
      await deliverInTime(openSink(config, world), [event], signal)
      return { name, kind, delivered: true, error: null, durationMs: took() }
    } catch (error) {
      return { name, kind, delivered: false, error: describeError(error), durationMs: took() }
    }
  }
}

function namesOf(missed: readonly Tried[]): string {
  return `not every sink took the test event: ${missed.map(({ name }) => name).join(', ')}`
}

function lineOf({ name, kind, delivered, error, durationMs }: Tried): Line {
  const text = `${name} (${kind}): ${delivered ? `delivered in ${durationMs} ms` : `not delivered: ${error}`}`
  return { text, tone: delivered ? 'good' : 'bad' }
}
