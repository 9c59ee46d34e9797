import { closeSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { openRegularNow } from '../disk/foreign-file.ts'
import { limits } from '../limits.ts'
import { learn, rotatedFiles } from './journal.ts'
import { readEvent } from './make-event.ts'

/** How long events are kept and how much room they may take. */
export interface JournalPolicy {
  /** Milliseconds; null for ever. */
  readonly retention: number | null
  /** All parts of the journal together. */
  readonly maxBytes: number
}

// The journal goes in so many parts, of size and of age: it is kept to a part more than asked for, never less.
const parts = 8

/**
 * Puts the journal aside as `events.jsonl.N` when it has its part of the size or of the time, and removes the parts
 * that are too old or too much. Readers go on reading what they opened. Never throws: the journal is written on
 * whatever becomes of its old parts.
 */
export function rotateJournal(journal: string, policy: JournalPolicy, now: Date): void {
  try {
    const full = isFull(journal, policy, now)
    if (full) putAside(journal)
    clear(journal, policy, now)
    if (full) learn(journal, limits.journalLearning)
  } catch {
    // The next run tries again.
  }
}

function isFull(journal: string, { retention, maxBytes }: JournalPolicy, now: Date): boolean {
  const { size } = statSync(journal)
  if (size >= maxBytes / parts) return true
  if (retention === null || size === 0) return false
  const first = firstTime(journal)
  return first !== null && now.getTime() - first >= retention / parts
}

// The number is claimed by making the file, so that two runs never write over each other's part.
function putAside(journal: string): void {
  const newest = rotatedFiles(journal)[0]?.number ?? 0
  const path = `${journal}.${newest + 1}`
  closeSync(openSync(path, 'wx', 0o640))
  try {
    renameSync(journal, path)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}

function clear(journal: string, { retention, maxBytes }: JournalPolicy, now: Date): void {
  let room = maxBytes - maxBytes / parts
  for (const { path } of rotatedFiles(journal)) {
    const { size, mtimeMs } = statSync(path)
    room -= size
    // Its last event was written then.
    const isOld = retention !== null && now.getTime() - mtimeMs > retention
    if (room < 0 || isOld) rmSync(path, { force: true })
  }
}

function firstTime(journal: string): number | null {
  const piece = Buffer.alloc(limits.spoolEntry)
  const file = openRegularNow(journal)
  try {
    const text = piece.toString('utf8', 0, readSync(file, piece, 0, piece.length, 0))
    const time = Date.parse(readEvent(text.split('\n')[0] ?? '')?.time ?? '')
    return Number.isNaN(time) ? null : time
  } finally {
    closeSync(file)
  }
}
