import { hostname } from 'node:os'
import { catalogue, type EventName, explainEvent } from '../../event/catalogue.ts'
import { readHours } from '../../event/sink/hours.ts'
import { alertEvents, defaultBody, lifeEvents, templateProblem } from '../../event/sink/mail-text.ts'
import type { SinkConfig, SinkKind } from '../../event/sink/sink-config.ts'
import { readSyslogAddress, type SyslogAddress } from '../../event/sink/syslog-message.ts'
import type { FleetConfig } from '../fleet.ts'
import type { OptionRows, Settings } from '../options/option.ts'
import { sinkOptions } from '../options/sink.ts'
import { didYouMean } from '../problem.ts'
import { readSettings } from '../settings.ts'
import { type CheckContext, findInFile, keysOf, report, reportUnknown, type Table } from './context.ts'
import { isMailAddress, readSender } from './mail-sender.ts'

/** What of the rest of the configuration sinks are made with. */
interface SinkSurroundings {
  /** IANA name; null for the zone of the machine. */
  readonly timeZone: string | null
  /** Name of the event source. */
  readonly sourceName: string
  /** The fleet this machine is of. */
  readonly fleet: FleetConfig | null
}

/**
 * Reads `events.sinks`. A sink with problems is left out.
 * @returns with what should be told of those that work as they stand, and the environment variables that hold their secrets
 */
export function readSinks(...reading: Parameters<typeof checkSinks>) {
  const sinks = checkSinks(...reading)
  const variables = sinks.flatMap((sink) => secretsOf(sink).map(({ variable }) => variable))
  return { sinks, warnings: warningsOf(sinks), variables }
}

function checkSinks(context: CheckContext, tables: readonly Table[], around: SinkSurroundings): SinkConfig[] {
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
    const sink = makers[kind]({ context, index, table, fallback: nameFor(kind, sinks), around })
    if (sinks.some(({ name }) => name === sink.name)) {
      report(context, ['events', 'sinks', index, 'name'], `'${sink.name}' is the name of another sink`)
    }
    if (context.problems.length === before) sinks.push(sink)
  }
  return sinks
}

function warningsOf(sinks: readonly SinkConfig[]): string[] {
  return sinks
    .filter((sink) => sink.kind === 'mail' && sink.to.length === 0)
    .map(({ name }) => `the sink '${name}' names no recipient (to): no alert will be delivered by it`)
}

/** The files that sinks need to be readable, by their key. */
export function sinkFiles(sinks: readonly SinkConfig[]): [key: string, file: string | null][] {
  return sinks.flatMap((sink): [string, string | null][] => [
    ...secretsOf(sink).map(({ file }): [string, string | null] => ['events.sinks', file]),
    ['events.sinks', 'authorities' in sink ? sink.authorities : null],
  ])
}

function secretsOf(sink: SinkConfig) {
  if (sink.kind === 'webhook') return [sink.secret]
  if (sink.kind === 'snmp') return [sink.community, sink.authKey, sink.privKey]
  return sink.kind === 'mail' ? [sink.password] : []
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
  readonly around: SinkSurroundings
}

/** Reads one sink of each kind; what is wrong with it is reported. */
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
    const usual = { name: element.around.sourceName, address: `defs@${hostname()}` }
    const sender = readSender(own.from, usual)
    if (typeof sender === 'string') tell(element, 'from', sender)
    const from = typeof sender === 'string' ? usual : sender
    for (const address of to) {
      if (!isMailAddress(address)) tell(element, 'to', `'${address}' is no mail address: write name@host`)
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
    const { fleet } = element.around
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
  snmp: (element) => {
    const own = readOwn(element, sinkOptions.snmp)
    const { host, port, version, security, authProtocol, privProtocol, engine, oid } = own
    const secret = (of: 'community' | 'auth' | 'priv') => ({
      file: own[`${of}File`],
      variable: own[`${of}Variable`],
    })
    const given = (of: 'auth' | 'priv') => own[`${of}File`] !== null || own[`${of}Variable`] !== null
    if (version === '3' && own.user === null) tell(element, 'user', 'is missing: version 3 needs one')
    if (version === '3' && security !== 'noAuthNoPriv' && !given('auth'))
      tell(element, 'authFile', `is missing: ${security} needs authFile or authVariable`)
    if (version === '3' && security === 'authPriv' && !given('priv'))
      tell(element, 'privFile', 'is missing: authPriv needs privFile or privVariable')
    if (engine !== null && !/^(0x)?([0-9a-f]{2}){5,32}$/i.test(engine))
      tell(element, 'engine', 'is no engine: write 5 to 32 bytes as hexadecimal digits')
    if (!/^1(\.(0|[1-9]\d{0,9})){5,60}$/.test(oid))
      tell(element, 'oid', 'is no number as 1.3.6.1.4.1.32473.1')
    return {
      kind: 'snmp',
      ...commonOf(element, own),
      host,
      port,
      version,
      community: secret('community'),
      user: own.user ?? '',
      security,
      authProtocol,
      authKey: secret('auth'),
      privProtocol,
      privKey: secret('priv'),
      engine: engine?.replace(/^0x/i, '') ?? null,
      oid,
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
  const hours = own.hours === null ? { from: 0, until: 24 * 60 } : readHours(own.hours)
  if (hours === null) tell(element, 'hours', `'${own.hours}' is no part of a day: write 08:00-18:00`)
  const always = hours === null || (own.hours === null && own.days === null)
  const { timeZone } = element.around
  return {
    name,
    events,
    level: own.level ?? (quiet ? 'warning' : 'information'),
    coalesce: own.coalesce,
    ...(quiet && own.level === null ? { beside: lifeEvents } : {}),
    ...(always ? {} : { hours: { ...hours, days: own.days, timeZone } }),
  } as const
}

function addressOf(element: Element, text: string): SyslogAddress {
  const address = readSyslogAddress(text)
  if (typeof address !== 'string') return address
  tell(element, 'address', address)
  return { protocol: 'unix', path: '/dev/log' }
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
    if (asked === 'alerts') return alertEvents
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
