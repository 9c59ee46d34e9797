import { oneLine } from '../../text/plain-text.ts'
import { catalogue, type EventKind, type EventName } from '../catalogue.ts'
import type { DefsEvent } from '../event.ts'

/** The metatags of a template. */
export const metatags = [
  'SUBJECT',
  'TEXT',
  'MESSAGE',
  'ID',
  'NAME',
  'LEVEL',
  'SET',
  'PATH',
  'SOURCE',
  'CODE',
  'REASON',
  'COUNT',
  'NEWS',
  'TIME',
  'HOST',
  'CAUSE',
  'ACTION',
] as const

/** One of {@link metatags}. */
export type Metatag = (typeof metatags)[number]

type Piece = { readonly text: string } | { readonly tag: Metatag }

/**
 * What is wrong with a template; null when nothing is. Every `[` begins a metatag, `[[` stands for the bracket
 * itself: so no misspelt tag goes out as plain text.
 */
export function templateProblem(template: string): string | null {
  const pieces = readTemplate(template)
  return typeof pieces === 'string' ? pieces : null
}

/** A template with its metatags filled in, in one pass: a value that looks like a tag stays as it is. */
export function fillIn(template: string, values: Readonly<Record<Metatag, string>>): string {
  const pieces = readTemplate(template)
  if (typeof pieces === 'string') return template
  return pieces.map((piece) => ('tag' in piece ? values[piece.tag] : piece.text)).join('')
}

function readTemplate(template: string): Piece[] | string {
  const pieces: Piece[] = []
  for (const [part] of template.matchAll(/\[\[|\[([^[\]]*)\]|\[|[^[]+/g)) {
    if (part === '[[') pieces.push({ text: '[' })
    else if (!part.startsWith('[')) pieces.push({ text: part })
    else {
      const tag = metatags.find((known) => `[${known}]` === part)
      if (tag === undefined) return unknown(part)
      pieces.push({ tag })
    }
  }
  return pieces
}

function unknown(part: string): string {
  const known = metatags.map((tag) => `[${tag}]`).join(' ')
  return `has ${part.slice(0, 40)}, which is no metatag: use ${known}, and [[ for a bracket`
}

interface Alert {
  readonly subject: string
  readonly text: (event: DefsEvent) => string
}

const failedLogons: Alert = {
  subject: 'Frequent Failed Logon Attempts',
  text: () => 'Several failed logon attempts have been made to the server.',
}
const unauthorized: Alert = {
  subject: 'Unauthorized Attempt to Access Product Interface',
  text: () => 'An unauthorized attempt to access the server interface was detected.',
}

// The words of docs/domain.md section 7, where it has the event.
const alerts: Partial<Record<EventName, Alert>> = {
  'definitions.updated': {
    subject: 'LiveUpdate Completed',
    text: () => 'The system completed a LiveUpdate operation.',
  },
  'disk.low': {
    subject: 'Low Disk Space Threshold Exceeded',
    text: ({ object, path }) =>
      (object ?? path ?? 'definitions')
        .split(', ')
        .map((name) => `The ${name} directory is running dangerously low on disk space.`)
        .join(' '),
  },
  'memory.low': {
    subject: 'Low Memory Threshold Exceeded',
    text: () => 'The memory available on the server is running dangerously low.',
  },
  'daemon.started': {
    subject: 'Application Start',
    text: () => 'The application has been started.',
  },
  'daemon.started-after-crash': {
    subject: 'Application Start after Crash',
    text: () => 'The server has been started after an unexpected shutdown.',
  },
  'daemon.stopped': {
    subject: 'Application Stop',
    text: () => 'The application has been stopped.',
  },
  'configuration.reloaded': {
    subject: 'Configuration Change',
    text: () => 'A configuration change was made.',
  },
  'console.frequent-failures': failedLogons,
  'serve.frequent-failures': failedLogons,
  'console.denied': unauthorized,
  'serve.denied': unauthorized,
}

/** The events that gateways alert of; `events: [alerts]` names them all. */
export const alertEvents = Object.keys(alerts) as readonly EventName[]

/** What a mailbox is told of beside warnings and errors when nobody says which events: start, stop, configuration. */
export const lifeEvents: readonly EventName[] = ['daemon.started', 'daemon.stopped', 'configuration.reloaded']

/** What the metatags of a template stand for with one event; each is one line without control characters. */
export function metatagValues(event: DefsEvent, host: string): Readonly<Record<Metatag, string>> {
  const alert = alerts[event.name]
  // An event of a newer version may wait in the spool of an older one.
  const kind: EventKind | undefined = Object.hasOwn(catalogue, event.name) ? catalogue[event.name] : undefined
  const values: Record<Metatag, string> = {
    SUBJECT: alert?.subject ?? event.message,
    TEXT: alert?.text(event) ?? event.message,
    MESSAGE: event.message,
    ID: String(event.id),
    NAME: event.name,
    LEVEL: event.level,
    SET: event.set ?? '',
    PATH: event.path ?? '',
    SOURCE: event.source ?? '',
    CODE: event.errorCode ?? '',
    REASON: event.reason ?? '',
    COUNT: event.count === undefined ? '' : String(event.count),
    NEWS: event.news ?? '',
    TIME: event.time,
    HOST: host,
    CAUSE: kind?.cause ?? '',
    ACTION: kind?.action ?? '',
  }
  for (const tag of Object.keys(values) as Metatag[]) values[tag] = oneLine(values[tag])
  return values
}

/** The body of a mail when none is configured: the seed's text, and below it what an admin asks first. */
export const defaultBody = `[TEXT]

Reason:  [REASON]
Path:    [PATH]
Set:     [SET]
Source:  [SOURCE]
New:     [NEWS]
Code:    [CODE]
Host:    [HOST]
Time:    [TIME]
Event:   [ID] [NAME] ([LEVEL])
Message: [MESSAGE]

What it means: [CAUSE]
What to do: [ACTION]
More: 'defs status' on that host, 'defs events explain [ID]', and docs/troubleshooting.md for the code.
`

/** The body of a mail: of the usual one no line stays that has nothing to tell. */
export function bodyOf(template: string, values: Readonly<Record<Metatag, string>>): string {
  const text = fillIn(template, values)
  return template === defaultBody ? text.replace(/^[A-Z][a-z]+: +\n/gm, '') : text
}

/** The subject when none is configured. */
export const defaultSubject = '[SUBJECT]'
