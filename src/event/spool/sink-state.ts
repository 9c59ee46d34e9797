import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSmall } from '../../disk/foreign-file.ts'
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
  try {
    const value: unknown = JSON.parse(readSmall(join(folder, 'notes.json'), limits.storeText).toString())
    return isTable(value) ? clean(value) : noNotes
  } catch {
    return noNotes
  }
}

/** Replaces the notes, all or nothing. @throws what the file system reports */
export function writeNotes(folder: string, notes: Notes): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'notes.json')
  const aside = `${file}.${process.pid}.tmp`
  writeFileSync(aside, JSON.stringify(notes), { mode: 0o600 })
  renameSync(aside, file)
}

type Table = Readonly<Record<string, unknown>>

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function clean(value: Table): Notes {
  const moment = (key: keyof Notes) => {
    const text = value[key]
    return typeof text === 'string' && Number.isFinite(Date.parse(text)) ? text : null
  }
  const { dropped, repeats } = value
  return {
    failingSince: moment('failingSince'),
    failingReported: moment('failingReported'),
    droppedReported: moment('droppedReported'),
    dropped: typeof dropped === 'number' && dropped > 0 ? dropped : 0,
    repeats: isTable(repeats) ? cleanRepeats(repeats) : {},
  }
}

function cleanRepeats(table: Table): Repeats {
  const repeats: Record<string, Repeats[string]> = {}
  for (const [key, value] of Object.entries(table)) {
    if (!isTable(value) || typeof value['since'] !== 'string' || typeof value['count'] !== 'number') continue
    const last = readEvent(JSON.stringify(value['last'])) ?? null
    repeats[key] = { since: value['since'], count: value['count'], last }
  }
  return repeats
}

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
