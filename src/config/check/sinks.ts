import { catalogue, type EventName, explainEvent } from '../../event/catalogue.ts'
import { defaultBody, templateProblem } from '../../event/sink/mail-text.ts'
import type { SinkConfig, SinkKind } from '../../event/sink/sink-config.ts'
import { readSyslogAddress, type SyslogAddress } from '../../event/sink/syslog-message.ts'
import type { FleetConfig } from '../fleet.ts'
import type { OptionRows, Settings } from '../options/option.ts'
import { sinkOptions } from '../options/sink.ts'
import { didYouMean } from '../problem.ts'
import { readSettings } from '../settings.ts'
import { type CheckContext, findInFile, keysOf, report, reportUnknown, type Table } from './context.ts'

/** Reads `events.sinks`. A sink with problems is left out. */
export function checkSinks(
  context: CheckContext,
  tables: readonly Table[],
  fleet: FleetConfig | null,
): SinkConfig[] {
  const sinks: SinkConfig[] = []
  // As a whole it may hold logins, inside addresses; `config show` prints the sinks key by key.
  const shown = context.shown.get('events.sinks')
  if (shown)
    context.shown.set('events.sinks', { ...shown, value: tables.map(({ kind }) => kind), type: 'texts' })
  for (const [index, table] of tables.entries()) {
    const { kind } = table
    if (!isKind(kind)) {
      const kinds = Object.keys(sinkOptions)
      const hint = typeof kind === 'string' ? didYouMean(kind, kinds) : ''
      report(context, ['events', 'sinks', index, 'kind'], `must be one of ${kinds.join(', ')}${hint}`)
      continue
    }
    const before = context.problems.length
    const sink = makeSink({ context, index, table, fallback: nameFor(kind, sinks), fleet }, kind)
    if (sinks.some(({ name }) => name === sink.name)) {
      report(context, ['events', 'sinks', index, 'name'], `'${sink.name}' is the name of another sink`)
    }
    if (context.problems.length === before) sinks.push(sink)
  }
  return sinks
}

/** What a configuration that works as it stands should be told all the same. */
export function sinkWarnings(sinks: readonly SinkConfig[]): string[] {
  return sinks
    .filter((sink) => sink.kind === 'mail' && sink.to.length === 0)
    .map(({ name }) => `the sink '${name}' names no recipient (to): no alert will be delivered by it`)
}

/** The environment variables that hold secrets of sinks. */
export function sinkVariables(sinks: readonly SinkConfig[]): (string | null)[] {
  return sinks.map((sink) => secretOf(sink)?.variable ?? null)
}

/** The files that sinks need to be readable, by their key. */
export function sinkFiles(sinks: readonly SinkConfig[]): [key: string, file: string | null][] {
  return sinks.flatMap((sink): [string, string | null][] => [
    ['events.sinks', secretOf(sink)?.file ?? null],
    ['events.sinks', 'authorities' in sink ? sink.authorities : null],
  ])
}

function secretOf(sink: SinkConfig) {
  if (sink.kind === 'webhook') return sink.secret
  return sink.kind === 'mail' ? sink.password : null
}

function isKind(kind: unknown): kind is SinkKind {
  return typeof kind === 'string' && Object.hasOwn(sinkOptions, kind)
}

function nameFor(kind: SinkKind, sinks: readonly SinkConfig[]): string {
  const taken = (name: string) => sinks.some((sink) => sink.name === name)
  if (!taken(kind)) return kind
  let number = 2
  while (taken(`${kind}-${number}`)) number += 1
  return `${kind}-${number}`
}

/** Where one element of `events.sinks` is read from. */
interface Element {
  readonly context: CheckContext
  readonly index: number
  readonly table: Table
  /** Its name when it has none of its own. */
  readonly fallback: string
  readonly fleet: FleetConfig | null
}

/** Reads one sink of a known kind; what is wrong with it is reported. */
function makeSink(element: Element, kind: SinkKind): SinkConfig {
  return makers[kind](element)
}

const makers = {
  syslog: (element) => {
    const own = readOwn(element, sinkOptions.syslog)
    const { facility, authorities } = own
    return {
      kind: 'syslog',
      ...commonOf(element, own),
      address: addressOf(element, own.address),
      facility,
      authorities,
    }
  },
  journald: (element) => ({ kind: 'journald', ...commonOf(element, readOwn(element, sinkOptions.journald)) }),
  'windows-event-log': (element) => ({
    kind: 'windows-event-log',
    ...commonOf(element, readOwn(element, sinkOptions['windows-event-log'])),
  }),
  webhook: (element) => {
    const own = readOwn(element, sinkOptions.webhook)
    const { retries, authorities, secretFile, secretVariable } = own
    // A webhook that was reported as missing is left out, whatever stands here.
    const { url, username, password } = own.url ?? { url: '', username: null, password: null }
    const secret = { file: secretFile, variable: secretVariable }
    return {
      kind: 'webhook',
      ...commonOf(element, own),
      url,
      username,
      password,
      secret,
      retries,
      authorities,
    }
  },
  command: (element) => {
    const own = readOwn(element, sinkOptions.command)
    if (own.argv.length === 0) tell(element, 'argv', 'must name a program')
    return { kind: 'command', ...commonOf(element, own), argv: own.argv, timeout: own.timeout }
  },
  mail: (element) => {
    const own = readOwn(element, sinkOptions.mail)
    const { host, tls, username, to, subject, authorities } = own
    const body = own.body ?? defaultBody
    const from = own.from ?? ''
    for (const address of [from, ...to]) {
      if (own.from !== null && !isMailAddress(address))
        tell(element, address === from ? 'from' : 'to', `'${address}' is no mail address: write name@host`)
    }
    for (const [key, template] of Object.entries({ subject, body })) {
      const problem = templateProblem(template)
      if (problem !== null) tell(element, key, problem)
    }
    if (username !== null && tls === 'none' && !isLocal(host))
      tell(element, 'tls', 'would send the password in the clear: use starttls or tls')
    const port = own.port ?? { starttls: 587, tls: 465, none: 25 }[tls]
    const password = { file: own.passwordFile, variable: own.passwordVariable }
    if (username !== null && password.file === null && password.variable === null)
      tell(element, 'username', 'needs passwordFile or passwordVariable')
    const letter = { from, to, subject, body }
    return {
      kind: 'mail',
      ...commonOf(element, own),
      host,
      port,
      tls,
      username,
      password,
      ...letter,
      authorities,
    }
  },
  nats: (element) => {
    const { fleet } = element
    const common = commonOf(element, readOwn(element, sinkOptions.nats))
    if (!fleet?.bus || fleet.host === null)
      tell(element, 'kind', 'is for a host of a fleet with a bus: set fleet.name and fleet.bus.servers')
    return {
      kind: 'nats',
      ...common,
      ...(fleet?.bus ?? { servers: [], credentials: null, ca: null }),
      fleet: fleet?.name ?? '',
      host: fleet?.host?.name ?? 'auto',
    }
  },
} satisfies Record<SinkKind, (element: Element) => SinkConfig>

function readOwn<Rows extends OptionRows>({ context, index, table }: Element, rows: Rows): Settings<Rows> {
  const place = ['events', 'sinks', index]
  reportUnknown(context, table, place, ['kind', ...keysOf(rows)])
  return readSettings({
    rows,
    find: (key) => findInFile(context, table, place, key),
    report: (key, message) => report(context, [...place, key], message),
    note: (key, value, origin, type) =>
      context.shown.set(`events.sinks[${index}].${key}`, { value, type, origin }),
  })
}

function commonOf(element: Element, own: Settings<(typeof sinkOptions)['journald']>) {
  const name = own.name ?? element.fallback
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name))
    tell(element, 'name', 'is no name for a sink: use letters, digits, dash and underscore')
  const events = eventNames(own.events, (message) => tell(element, 'events', message))
  // Who names events wants just those; a mailbox that is told of everything is not read.
  const quiet = element.table['kind'] === 'mail' && events === null
  return {
    name,
    events,
    level: own.level ?? (quiet ? 'warning' : 'information'),
    coalesce: own.coalesce,
  } as const
}

function addressOf(element: Element, text: string): SyslogAddress {
  const address = readSyslogAddress(text)
  if (typeof address !== 'string') return address
  tell(element, 'address', address)
  return { protocol: 'unix', path: '/dev/log' }
}

function isMailAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>()[\]",;:\\]+@[^\s@<>()[\]",;:\\]+$/.test(text)
}

function isLocal(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host)
}

function tell({ context, index }: Element, key: string, message: string): void {
  report(context, ['events', 'sinks', index, key], message)
}

const names = Object.keys(catalogue) as EventName[]

/** The events that a list names, by number, name or `group.*`; null for an empty list, which stands for all. */
function eventNames(list: readonly string[], report: (message: string) => void): readonly EventName[] | null {
  if (list.length === 0) return null
  const found = list.flatMap((asked) => {
    const group = /^([a-z]+)\.\*$/.exec(asked)?.[1]
    const known =
      group === undefined ? explainEvent(asked)?.name : names.filter((name) => name.startsWith(`${group}.`))
    const events = known === undefined ? [] : [known].flat()
    if (events.length === 0)
      report(`there is no event '${asked}'${didYouMean(asked, names)}: see defs events`)
    return events
  })
  return [...new Set(found)]
}
