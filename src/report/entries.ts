import { isAscii } from 'node:buffer'
import { catalogue, type EventName } from '../event/catalogue.ts'
import type { DefsEvent } from '../event/event.ts'
import { readEvent } from '../event/make-event.ts'
import { limits } from '../limits.ts'
import type { SetName } from '../set-name.ts'

/** One line of the detail report, but for its time. */
export interface ReportEntry {
  /** One of {@link systemActions} as in docs/domain.md section 7; else the stable name of the event. */
  readonly action: string
  /** Null for what can neither succeed nor fail. */
  readonly result: 'Succeeded' | 'Failed' | null
  readonly set: SetName | null
  /** Date and revision of the set, `YYYY-MM-DD` and 0 to 999. */
  readonly date: string | null
  readonly revision: number | null
  readonly source: string | null
  readonly event: number
  readonly level: DefsEvent['level']
  readonly errorCode: string | null
  readonly user: string | null
  /** From where the user did it. */
  readonly from: string | null
  /** What was modified, and how. */
  readonly object: string | null
  readonly change: string | null
  readonly message: string
}

type EntryKind = Pick<ReportEntry, 'action' | 'result'> & Partial<Pick<ReportEntry, 'object' | 'change'>>

const succeeded = (action: string): EntryKind => ({ action, result: 'Succeeded' })
const failed = (action: string): EntryKind => ({ action, result: 'Failed' })

/** The actions of a gateway's detail report (docs/domain.md section 7). */
export const systemActions = [
  'Logon',
  'Logoff',
  'LiveUpdate',
  'Definitions updated',
  'Object modified',
  'Service started',
  'Service start failed',
  'Service stopped',
] as const
/** Each session of asking a source, and each try to replace the set. */
const session = 'LiveUpdate'
const replacement = 'Definitions updated'

const modified = (object: string, change: string): readonly EntryKind[] => [
  { action: 'Object modified', result: 'Succeeded', object, change },
]

// A session that brought a set is two entries, as the seed has them.
const told: Readonly<Partial<Record<EventName, readonly EntryKind[]>>> = {
  'definitions.updated': [succeeded(session), succeeded(replacement)],
  'update.nothing-newer': [succeeded(session)],
  'update.not-taken': [succeeded(session)],
  'update.failed': [failed(session)],
  'update.interrupted': [failed(session)],
  'scanner.failed': [failed(session)],
  'package.refused': [failed(replacement)],
  'scanner.refused': [failed(replacement)],
  'gate.refused': [failed(replacement)],
  'console.login': [succeeded('Logon')],
  'console.login-failed': [failed('Logon')],
  'console.logout': [succeeded('Logoff')],
  'serve.login': [succeeded('Logon')],
  'serve.denied': [failed('Logon')],
  'daemon.started': [succeeded('Service started')],
  'daemon.start-failed': [failed('Service start failed')],
  'daemon.stopped': [succeeded('Service stopped')],
  'configuration.reloaded': modified('configuration', 'changed'),
  'rolled-back.by-hand': modified('current set', 'rolled back'),
  'set.held': modified('set', 'held'),
  'set.released': modified('set', 'released'),
  'set.promoted': modified('channel', 'promoted'),
  'set.demoted': modified('channel', 'demoted'),
  'key.rotated': modified('signing key', 'replaced'),
  'schedule.paused': modified('schedule', 'paused'),
  'schedule.resumed': modified('schedule', 'resumed'),
}

/** Every name that `--action` knows. */
export const actionNames: readonly string[] = [...systemActions, ...Object.keys(catalogue)]

/** What the report says of an event: one entry, or two. */
export function entriesOf(event: DefsEvent): readonly ReportEntry[] {
  const plots = told[event.name]
  return plots
    ? plots.map((plot) => taleOf(event, plot))
    : [taleOf(event, { action: event.name, result: null })]
}

// Part by part: spreads take several times as long, which a long journal shows.
function taleOf(event: DefsEvent, { action, result, object, change }: EntryKind): ReportEntry {
  const { set, source, id, level, errorCode, user, from, message } = event
  return {
    action,
    result,
    // A line that other hands wrote may lack any of these.
    set: set ?? null,
    date: set ? `${set.slice(0, 4)}-${set.slice(4, 6)}-${set.slice(6, 8)}` : null,
    revision: set ? Number(set.slice(9)) : null,
    source: source ?? null,
    event: id,
    level,
    errorCode: errorCode ?? null,
    user: user ?? null,
    from: from ?? null,
    object: event.object ?? object ?? null,
    change: event.change ?? change ?? null,
    message,
  }
}

/** What a line of the journal tells, and when. */
export interface DatedEntries {
  /** RFC 3339, UTC. */
  readonly time: string
  readonly entries: readonly ReportEntry[]
}

const head = '{"time":"'
// Nothing that JSON writes in any other way than it reads.
const moment = /^[\d:.TZ+-]+$/

/** Takes what a line tells, and when. */
type Tell = (time: string, entries: readonly ReportEntry[]) => void

// Of a text, in bytes.
const most = 96 * 1024

/**
 * Opens a reader of a journal's pieces. A journal says few different things at many times, so what follows the time
 * is parsed once for all lines that have it, and lines that tell the same share their entries. Lines that hold no event
 * are passed over.
 * @param wanted the entries that are kept, by what they are and by the name of their event
 */
export function openTales(
  wanted: (entry: ReportEntry, name: EventName) => boolean,
): (piece: Buffer, tell: Tell) => void {
  const known = new Map<string, readonly ReportEntry[]>()
  const shared = new Map<string, Shared>()
  // What a line tells is mostly what the one before told, and to compare two texts takes an eighth of looking one up.
  let last: Last = { rest: '', entries: undefined }
  return (piece, tell) => {
    // One letter a byte is read in a third of the time.
    const encoding = isAscii(piece) ? 'latin1' : 'utf8'
    // V8 gives a text of more than 128 KiB room of its own and takes that back after it, which costs more than reading it.
    for (let start = 0; start < piece.length; ) {
      const newline = piece.length - start > most ? piece.lastIndexOf(10, start + most) : -1
      const end = newline < start ? piece.length : newline + 1
      readText(piece.toString(encoding, start, end), tell)
      start = end
    }
  }

  function readText(text: string, tell: Tell): void {
    // By places in the text: to cut the lines out first takes a third longer.
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start)
      const end = newline < 0 ? text.length : newline
      const quote = text.startsWith(head, start) ? text.indexOf('"', start + head.length) : -1
      const time = text.slice(start + head.length, quote)
      const rest = quote < 0 ? '' : text.slice(quote, end)
      if (rest !== last.rest) last = { rest, entries: known.get(rest) }
      if (last.entries && moment.test(time)) tell(time, last.entries)
      else parse(text.slice(start, end), time, rest, tell)
      start = end + 1
    }
  }

  function parse(line: string, time: string, rest: string, tell: Tell): void {
    const event = readEvent(line)
    if (!event) return
    const alike = share(event)
    const { entries } = alike
    // Not when a second time follows, which is the one that counts.
    if (rest !== '' && event.time === time) {
      last = { rest, entries }
      if (alike.rest === rest) {
        if (known.size >= limits.journalTales) known.clear()
        known.set(alike.rest, entries)
      } else {
        // Kept from the second time on: what is said once would fill the memory. A copy: a part of a text keeps all of it.
        alike.rest = ` ${rest}`.slice(1)
      }
    }
    tell(event.time, entries)
  }

  // Most of what tells lines apart, as a number of bytes, is nothing that is reported.
  function share(event: DefsEvent): Shared {
    const { name, id, level, message, set, source, errorCode, user, from, object, change } = event
    // Quickly made, and not sure: texts with blanks may be put together alike.
    const key = `${id} ${set} ${source} ${errorCode} ${user} ${from} ${object} ${change} ${name} ${level} ${message}`
    const alike = shared.get(key)
    if (alike && reported.every((field) => alike.event[field] === event[field])) return alike
    const entries = entriesOf(event).filter((entry) => wanted(entry, event.name))
    if (shared.size >= limits.journalTales) shared.clear()
    const made = { event, entries, rest: '' }
    shared.set(key, made)
    return made
  }
}

/** What followed the time of the last line, and what it tells where that is known. */
interface Last {
  readonly rest: string
  readonly entries: readonly ReportEntry[] | undefined
}

interface Shared {
  readonly event: DefsEvent
  readonly entries: readonly ReportEntry[]
  /** What followed the time of the last line of these. */
  rest: string
}

/** All of an event that an entry is made of, but for its time. */
const reported = [
  'name',
  'id',
  'level',
  'message',
  'set',
  'source',
  'errorCode',
  'user',
  'from',
  'object',
  'change',
] as const satisfies readonly (keyof DefsEvent)[]
