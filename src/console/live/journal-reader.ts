import { closeSync, readSync } from 'node:fs'
import { openRegularNow } from '../../disk/foreign-file.ts'
import { bounds } from '../bounds.ts'
import type { Json } from '../facts.ts'
import type { EventLine } from '../page/event-list.ts'
import type { JournalPart, JournalPlaces } from './journal-places.ts'

/** A line of the journal as it is written, with its place. */
export interface JournalLine extends EventLine {
  readonly text: string
}

const newline = 0x0a

/** Where the journal ends now. */
export function endOf(places: JournalPlaces): number {
  const last = places.look().at(-1)
  return last ? last.start + last.size : 0
}

/**
 * The lines behind a place, oldest first; lines that are no event are passed over, one that is still being written
 * waits. A place inside a line counts as its beginning was missed: the next line is the first.
 * @param most how many lines at once
 */
export function linesAfter(places: JournalPlaces, after: number, most: number): JournalLine[] {
  const lines: JournalLine[] = []
  for (const part of places.look()) {
    if (part.start + part.size <= after) continue
    readPart(part, Math.max(0, after - part.start), lines, most)
    if (lines.length >= most) break
  }
  return lines
}

function readPart(part: JournalPart, from: number, lines: JournalLine[], most: number): void {
  withFile(part.path, (file) => {
    let position = from
    let rest = Buffer.alloc(0)
    while (lines.length < most && position < part.size) {
      // No more than there is: with many readers the room for it counts.
      const bytes = Buffer.allocUnsafe(Math.min(bounds.journalPiece, part.size - position))
      const read = readSync(file, bytes, 0, bytes.length, position)
      if (read === 0) return
      position += read
      const piece = Buffer.concat([rest, bytes.subarray(0, read)])
      let start = 0
      for (
        let end = piece.indexOf(newline);
        end >= 0 && lines.length < most;
        end = piece.indexOf(newline, start)
      ) {
        const line = lineOf(
          piece.toString('utf8', start, end),
          part.start + position - piece.length + end + 1,
        )
        if (line) lines.push(line)
        start = end + 1
      }
      rest = piece.subarray(start)
      // No line of ours is that long.
      if (rest.length > bounds.journalPiece) rest = Buffer.alloc(0)
    }
  })
}

/** The newest lines, newest first. */
export function newestLines(places: JournalPlaces, most: number): JournalLine[] {
  const lines: JournalLine[] = []
  for (const part of places.look().toReversed()) {
    if (lines.length >= most) break
    const from = Math.max(0, part.size - bounds.journalPiece)
    const found: JournalLine[] = []
    readPart(part, from, found, Number.POSITIVE_INFINITY)
    // The first of a piece from the middle may be half a line; as no JSON it was passed over.
    lines.push(...found.toReversed().slice(0, most - lines.length))
  }
  return lines
}

function lineOf(text: string, offset: number): JournalLine | null {
  const event = readJson(text)
  return event && typeof event['id'] === 'number' && typeof event['time'] === 'string'
    ? { offset, event, text }
    : null
}

function readJson(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

function withFile(path: string, work: (file: number) => void): void {
  let file: number
  try {
    file = openRegularNow(path)
  } catch {
    // Put aside or removed since it was looked for.
    return
  }
  try {
    work(file)
  } finally {
    closeSync(file)
  }
}
