import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFileNow } from '../../disk/atomic-file.ts'
import { count, nullable, object, type Shape, tableOf, text } from '../../disk/json-shape.ts'
import { readRecordFileNow } from '../../disk/record.ts'
import { limits } from '../../limits.ts'
import type { DefsEvent } from '../event.ts'
import { readEvent } from '../make-event.ts'

/** What is remembered of one sink between runs. */
export interface Notes {
  /** Since when it fails, RFC 3339; null while it works. */
  readonly failingSince: string | null
  /** When `sink.failing` and `sink.dropped` were reported last. */
  readonly failingReported: string | null
  readonly droppedReported: string | null
  /** Events given up and not reported yet. */
  readonly dropped: number
  readonly repeats: Repeats
}

/** What is remembered of a sink that nothing is known of. */
export const noNotes: Notes = {
  failingSince: null,
  failingReported: null,
  droppedReported: null,
  dropped: 0,
  repeats: {},
}

/** Reads the notes of a spool's folder; absent and damaged ones are empty: what is forgotten is only sent again. */
export function readNotes(folder: string): Notes {
  return readRecordFileNow(join(folder, 'notes.json'), notesShape) ?? noNotes
}

/** Replaces the notes, all or nothing. @throws what the file system reports */
export function writeNotes(folder: string, notes: Notes): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  replaceFileNow(join(folder, 'notes.json'), JSON.stringify(notes), 0o600)
}

const moment: Shape<string> = (value) =>
  typeof value === 'string' && Number.isFinite(Date.parse(value)) ? value : undefined

/** An event that was sent, and what came of the same kind since. */
interface Repeat {
  /** RFC 3339. */
  readonly since: string
  readonly count: number
  /** The latest that was kept back; null when there is none. */
  readonly last: DefsEvent | null
}

/** What one sink keeps in mind of repeats, by what makes two events the same. */
export type Repeats = Readonly<Record<string, Repeat>>

const notesShape = object<Notes>({
  failingSince: nullable(moment),
  failingReported: nullable(moment),
  droppedReported: nullable(moment),
  dropped: count,
  repeats: tableOf(
    object<Repeat>({
      since: text,
      count,
      // An event that cannot be read any more is not told; how many there were is.
      last: (value) => readEvent(JSON.stringify(value)) ?? null,
    }),
  ),
})

/** What is to be sent, and what is to be remembered. */
export interface Coalesced {
  readonly send: readonly DefsEvent[]
  readonly repeats: Repeats
}

/**
 * Takes an event in: the first of its kind (number, set and error code) is sent; those that follow within the
 * window, in milliseconds, are counted. What was counted is told with the next one, or when the window is over.
 */
export function coalesce(repeats: Repeats, event: DefsEvent, window: number, now: Date): Coalesced {
  if (window === 0) return { send: [event], repeats }
  const key = JSON.stringify([event.id, event.set, event.errorCode])
  const known = repeats[key]
  if (known && isOpen(known, window, now)) {
    const counted = { ...known, count: known.count + (event.count ?? 1), last: event }
    return { send: [], repeats: { ...repeats, [key]: counted } }
  }
  const send = known?.last ? { ...event, count: known.count + (event.count ?? 1) } : event
  const fresh = { ...repeats, [key]: { since: now.toISOString(), count: 0, last: null } }
  return { send: [send], repeats: bounded(fresh) }
}

/** What was counted in windows that are over. */
export function overdue(repeats: Repeats, window: number, now: Date): Coalesced {
  const [send, kept]: [DefsEvent[], [string, Repeat][]] = [[], []]
  for (const [key, repeat] of Object.entries(repeats)) {
    if (isOpen(repeat, window, now)) kept.push([key, repeat])
    else if (repeat.last) send.push({ ...repeat.last, count: repeat.count })
  }
  return { send, repeats: Object.fromEntries(kept) }
}

// A window that begins in the future is of a clock that was wrong.
function isOpen({ since }: Repeat, window: number, now: Date): boolean {
  const age = now.getTime() - Date.parse(since)
  return age >= 0 && age < window
}

function bounded(repeats: Repeats): Repeats {
  const entries = Object.entries(repeats)
  return entries.length <= limits.repeats ? repeats : Object.fromEntries(entries.slice(-limits.repeats))
}
