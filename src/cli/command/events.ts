import { hostname } from 'node:os'
import { performance } from 'node:perf_hooks'
import { DefsError, describeError, type ErrorCode, errorCodes } from '../../error.ts'
import { catalogue, type EventKind, type Explained, explainEvent } from '../../event/catalogue.ts'
import { makeEvent } from '../../event/make-event.ts'
import { openSink } from '../../event/sink/kinds.ts'
import type { SinkConfig } from '../../event/sink/sink-config.ts'
import { deliverInTime } from '../../event/spool/receiver.ts'
import { openStore } from '../../hawking/store.ts'
import { exitCodeOf, exitCodes } from '../exit-code.ts'
import { type CommandResult, type Line, tableLines } from '../output.ts'
import type { Session } from '../session.ts'

export interface ExplainInput {
  /** A number, a name or an error code. */
  readonly id: string
}

/** Explains an event, or an error code as events and JSON carry them. @throws USAGE_ARGUMENT for an unknown one */
export async function runEventsExplain({ id }: ExplainInput): Promise<CommandResult> {
  const event = explainEvent(id)
  if (event) return describeEvent(event)
  const code = errorCodes.find((known) => known === id.toUpperCase())
  if (code) return describeCode(code)
  throw new DefsError('USAGE_ARGUMENT', `there is no event and no error code '${id}': see defs events`)
}

function describeEvent(event: Explained): CommandResult {
  const { id, id60 = id, name, level, message, cause, action } = event
  return {
    exitCode: 0,
    json: { event: { id, id60, name, level, message, cause, action } },
    lines: [
      { text: `${id} ${name} (${level})`, tone: 'title' },
      message,
      '',
      `cause   ${cause}`,
      `action  ${action}`,
      ...(id60 === id ? [] : [`With product.version 6.0.x its number is ${id60}.`]),
    ],
  }
}

// By the part before the underscore, which is the stage that reports it.
const stages: Readonly<Record<string, string>> = {
  USAGE: 'The command line cannot be carried out as it is.',
  CONFIG: 'The configuration is missing, unsafe or wrong: `defs config check` lists every problem.',
  SOURCE: 'A source did not answer as its protocol demands: check the network, the proxy and the address.',
  INDEX: 'What the source sent as its index is none: often a login or error page of a proxy.',
  FETCH: 'The package that came is not what was announced.',
  ARCHIVE: 'The package is damaged, of an unknown format, or breaks a limit that keeps this machine safe.',
  TRUST: 'The set is not proved authentic. Never override it: tell whoever runs the source.',
  STORE: 'The store cannot be read or written, is in use, or holds nothing fit for use.',
  GATE: 'The gate refused the set before it became current.',
  SCANNER: 'The scanner did not take the set.',
  SINK: 'A receiver of events did not take them; they wait for it: `defs events test` shows why.',
  LICENCE: 'The content licence does not allow a download now.',
  INTERRUPTED: 'A signal ended the run; nothing half-done is visible.',
  BUG: 'Something unforeseen: run again with --verbose and report what it prints.',
}

function describeCode(code: ErrorCode): CommandResult {
  const exitCode = exitCodeOf[code]
  const meaning = stages[code.split('_')[0] ?? ''] ?? ''
  return {
    exitCode: 0,
    json: { errorCode: { code, meaning, exitCode, exitName: exitCodes[exitCode] } },
    lines: [{ text: code, tone: 'title' }, meaning, '', `exit code  ${exitCode} (${exitCodes[exitCode]})`],
  }
}

/** Lists the catalogue of events. */
export async function runEventsList(): Promise<CommandResult> {
  const kinds: [string, EventKind][] = Object.entries(catalogue)
  const events = kinds.map(([name, { id, id60, level, message }]) => ({
    id,
    id60: id60 ?? id,
    name,
    level,
    message,
  }))
  const rows = events.map(({ id, name, level, message }) => [String(id), level, name, message])
  return { exitCode: 0, json: { events }, lines: tableLines(rows) }
}

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
  const { state } = openStore(config.store.root, config.store.layout)
  const environment = { env: session.environment.env, host: hostname(), sourceName, state }
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
      await deliverInTime(openSink(config, environment), [event], signal)
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
