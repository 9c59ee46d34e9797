import { createHash } from 'node:crypto'
import { closeSync, fstatSync, readSync } from 'node:fs'
import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { openRegularNow } from '../../disk/foreign-file.ts'
import { count, object, tableOf } from '../../disk/json-shape.ts'
import { readRecordFileNow } from '../../disk/record.ts'
import { rotatedFiles } from '../../event/journal.ts'

/** A file of the journal, and where it begins in the whole of it. */
export interface JournalPart {
  readonly path: string
  /** Bytes from the journal's beginning. */
  readonly start: number
  readonly size: number
}

/** Where everything lies in a journal that is put aside part by part. */
export interface JournalPlaces {
  /** The parts there are, oldest first; the live file is the last one. Reads only the beginnings. */
  readonly look: () => JournalPart[]
  readonly close: () => Promise<void>
}

// What was written while we were away may have come and gone: no place is used twice.
const gap = 2 ** 30

// A first line has the moment in it, and no two parts begin alike.
const headBytes = 512

/**
 * Opens the places of a journal. A place is the count of bytes since its beginning, and goes on rising when parts are
 * put aside and removed: for each part is kept how it begins, and where.
 * @param file where that is kept over a restart
 */
export function openPlaces(journal: string, file: string): JournalPlaces {
  const { starts, end } = readStarts(file)
  let seen = end
  let writing: Promise<void> = Promise.resolve()
  const newest = () => Math.max(0, ...starts.values())

  function write(): void {
    const text = `${JSON.stringify({ schema: 1, end: seen, starts: Object.fromEntries(starts) })}\n`
    writing = writing.then(() => writeFileAtomic(file, text, 0o600)).catch(() => undefined)
  }

  return {
    look() {
      // The live file first: one that is put aside meanwhile is then found twice, never not at all.
      const live = beginningOf(journal)
      const aside = rotatedFiles(journal)
        .toReversed()
        .flatMap(({ path }) => beginningOf(path))
      const found = [...aside, ...live.filter(({ head }) => !aside.some((one) => one.head === head))]
      const parts: JournalPart[] = []
      let changed = false
      for (const { path, head, size } of found) {
        const before = parts.at(-1)
        let start = starts.get(head)
        if (start === undefined) {
          const begun = starts.size === 0 ? 0 : Math.max(seen, newest()) + gap
          start = before ? before.start + before.size : begun
          starts.set(head, start)
          changed = true
        }
        parts.push({ path, start, size })
      }
      const heads = new Set(found.map(({ head }) => head))
      // The newest one stays known even when its file is gone, or places would begin anew.
      for (const [head, start] of starts)
        if (!heads.has(head) && start < newest()) changed = starts.delete(head)
      const last = parts.at(-1)
      seen = Math.max(seen, last ? last.start + last.size : 0)
      if (changed) write()
      return parts
    },
    async close() {
      if (starts.size > 0) write()
      await writing
    },
  }
}

function beginningOf(path: string): { path: string; head: string; size: number }[] {
  try {
    const file = openRegularNow(path)
    try {
      const { size } = fstatSync(file)
      const bytes = Buffer.alloc(headBytes)
      const text = bytes.toString('latin1', 0, readSync(file, bytes, 0, headBytes, 0))
      const end = text.indexOf('\n')
      // A first line that is still being written has no name yet.
      if (end < 0 && size < headBytes) return []
      const head = createHash('sha256')
        .update(end < 0 ? text : text.slice(0, end))
        .digest('base64url')
        .slice(0, 16)
      return [{ path, head, size }]
    } finally {
      closeSync(file)
    }
  } catch {
    // Put aside or removed this moment, or not there yet.
    return []
  }
}

function readStarts(file: string): { starts: Map<string, number>; end: number } {
  // None, or none that can be read: places begin anew.
  const { starts, end } = readRecordFileNow(file, placesShape) ?? { starts: {}, end: 0 }
  return { starts: new Map(Object.entries(starts)), end }
}

const placesShape = object({ starts: tableOf(count), end: count })
