import type { EventName } from '../event/catalogue.ts'
import type { DefsEvent } from '../event/event.ts'
import { type HistoryEvent, historyEvents } from '../event/history-events.ts'
import { linesOf, piecesFromEnd } from '../event/journal.ts'
import { readEvent } from '../event/make-event.ts'
import type { SetName } from '../set-name.ts'

/** One entry of `history` (docs/contract.md section 3). */
export interface HistoryEntry {
  /** RFC 3339, UTC. */
  readonly time: string
  readonly action: string
  /** What was live before and after; for what moves nothing `from` is null and `to` the set concerned. */
  readonly from: SetName | null
  readonly to: SetName | null
  readonly reason: string | null
  /** Who did it by hand; null for what happened by itself. */
  readonly user: string | null
  readonly events: readonly number[]
}

/** What belongs to the history: the word for it, and whether another set is live afterwards. */
const actions: Readonly<Record<HistoryEvent, { readonly action: string; readonly moves: boolean }>> = {
  'definitions.updated': { action: 'updated', moves: true },
  'definitions.rolled-back': { action: 'fell back', moves: true },
  'rolled-back.by-hand': { action: 'rolled back', moves: true },
  'definitions.missing': { action: 'no definitions', moves: false },
  'scanner.updated': { action: 'scanner updated', moves: false },
  'scanner.refused': { action: 'scanner refused', moves: false },
  'scanner.told': { action: 'scanner told', moves: false },
  'definitions.confirmed': { action: 'confirmed', moves: false },
  'scanner.failed': { action: 'scanner failed', moves: false },
  'set.held': { action: 'held', moves: false },
  'set.released': { action: 'released', moves: false },
  'exception.added': { action: 'excepted', moves: false },
  'exception.removed': { action: 'exception removed', moves: false },
  'exception.ended': { action: 'exception ended', moves: false },
  'store.recovered': { action: 'mended', moves: false },
  'console.action': { action: 'asked for', moves: false },
}

// Most of a journal are checks that found nothing newer: they are not even parsed.
const telling = new RegExp(`"(${historyEvents.join('|')})"`)

/** What was live when and why, oldest first, from the journal. @throws STORE_PERMISSION, STORE_IO */
export async function readHistory(journal: string): Promise<HistoryEntry[]> {
  const pieces: DefsEvent[][] = []
  for await (const piece of piecesFromEnd(journal, { from: null, to: null, history: true })) {
    pieces.push(linesOf(piece).flatMap((line) => (telling.test(line) ? (readEvent(line) ?? []) : [])))
  }
  return tellHistory(pieces.reverse().flat())
}

/** The same from events, oldest first. Pure. */
export function tellHistory(events: readonly DefsEvent[]): HistoryEntry[] {
  const entries: HistoryEntry[] = []
  let live: SetName | null = null
  for (const event of events) {
    if (!isTold(event.name)) continue
    const kind = actions[event.name]
    const last = entries.at(-1)
    // That the scanner followed belongs to the change that it followed.
    if (last && event.name === 'scanner.updated' && event.set !== null && last.to === event.set) {
      entries[entries.length - 1] = { ...last, events: [...last.events, event.id] }
      continue
    }
    const from: SetName | null = kind.moves ? (event.previous ?? live) : null
    if (kind.moves) live = event.set
    const { time, set: to, user = null, id } = event
    entries.push({ time, action: kind.action, from, to, reason: reasonOf(event), user, events: [id] })
  }
  return entries
}

function isTold(name: EventName): name is HistoryEvent {
  return Object.hasOwn(actions, name)
}

function reasonOf({ name, message, path, reason, source, grade, errorCode }: DefsEvent): string | null {
  // What was asked for is in its message alone.
  if (name === 'console.action') return reason === undefined ? message : `${message}: ${reason}`
  if (name.startsWith('exception.')) return reason === undefined ? path : `${path}: ${reason}`
  if (reason !== undefined) return reason
  if (errorCode !== null) return errorCode
  if (source === null) return null
  return grade === undefined ? `from ${source}` : `from ${source}, ${grade}`
}
