import { defaultBody } from '../event/sink/letter/alert-text.ts'
import { templateProblem } from '../event/sink/letter/template.ts'
import type { SinkConfig, SinkKind } from '../event/sink/sink-config.ts'
import { readSyslogAddress, type SyslogAddress } from '../event/sink/wire/syslog-address.ts'
import { eventNames } from './event-names.ts'
import type { OptionRows, Settings } from './option.ts'
import { readSettings } from './settings.ts'
import { findInFile, keysOf, report, reportUnknown, type Sheet, type Table } from './sheet.ts'
import { sinkOptions } from './sink-options.ts'

/** Where one element of `events.sinks` is read from. */
interface Element {
  readonly sheet: Sheet
  readonly index: number
  readonly table: Table
  /** Its name when it has none of its own. */
  readonly fallback: string
}

/** Reads one sink of a known kind; what is wrong with it is reported. */
export function makeSink(
  sheet: Sheet,
  index: number,
  kind: SinkKind,
  table: Table,
  fallback: string,
): SinkConfig {
  return makers[kind]({ sheet, index, table, fallback })
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
} satisfies Record<SinkKind, (element: Element) => SinkConfig>

function readOwn<Rows extends OptionRows>({ sheet, index, table }: Element, rows: Rows): Settings<Rows> {
  const place = ['events', 'sinks', index]
  reportUnknown(sheet, table, place, ['kind', ...keysOf(rows)])
  return readSettings({
    rows,
    find: (key) => findInFile(sheet, table, place, key),
    report: (key, message) => report(sheet, [...place, key], message),
    note: (key, value, origin, type) =>
      sheet.shown.set(`events.sinks[${index}].${key}`, { value, type, origin }),
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

function tell({ sheet, index }: Element, key: string, message: string): void {
  report(sheet, ['events', 'sinks', index, key], message)
}
