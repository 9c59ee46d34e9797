import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readEvent } from '../read-event.ts'
import type { Repeats } from './repeats.ts'

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

const empty: Notes = {
  failingSince: null,
  failingReported: null,
  droppedReported: null,
  dropped: 0,
  repeats: {},
}

/** Reads the notes of a spool's folder; absent and damaged ones are empty: what is forgotten is only sent again. */
export function readNotes(folder: string): Notes {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, 'notes.json'), 'utf8'))
    return isTable(value) ? clean(value) : empty
  } catch {
    return empty
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
