import { closeSync, fstatSync, readdirSync, readSync, writeSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isMissing } from '../disk/atomic-file.ts'
import { openRegular, openToAppend } from '../disk/foreign-file.ts'
import { DefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { DefsEvent } from './event.ts'
import { readEvent } from './make-event.ts'

const newline = 0x0a

/**
 * Appends one event as one line in one write, so that several writers do not mix their lines. A line that a crash
 * tore is ended first, or this event would be lost with it. Makes the file, not its folder.
 * @throws STORE_FULL, STORE_PERMISSION, STORE_IO
 */
export function appendEvent(file: string, event: DefsEvent): void {
  try {
    const journal = openToAppend(file, 0o640)
    try {
      const line = Buffer.from(`${isTorn(journal) ? '\n' : ''}${JSON.stringify(event)}\n`)
      if (writeSync(journal, line) !== line.length) {
        throw new DefsError('STORE_FULL', `no room left while writing ${file}: free some space`, {
          path: file,
        })
      }
    } finally {
      closeSync(journal)
    }
  } catch (error) {
    throw storeError(error, `writing ${file}`)
  }
}

function isTorn(journal: number): boolean {
  const { size } = fstatSync(journal)
  if (size === 0) return false
  const last = Buffer.alloc(1)
  readSync(journal, last, 0, 1, size - 1)
  return last[0] !== newline
}

/**
 * The events of a journal, newest first, its rotated parts included; lines that are no event are passed over. A
 * rotation meanwhile neither hides events nor shows them twice.
 * @throws STORE_PERMISSION, STORE_IO
 */
export async function* newestFirst(file: string): AsyncGenerator<DefsEvent> {
  for await (const piece of piecesFromEnd(file)) {
    for (const line of linesOf(piece).reverse()) {
      const event = readEvent(line)
      if (event) yield event
    }
  }
}

/**
 * The journal as it is written, whole lines by the piece: the newest piece first, in each the oldest line first.
 * @throws STORE_PERMISSION, STORE_IO
 */
export async function* piecesFromEnd(file: string): AsyncGenerator<Buffer> {
  const live = await openOrNull(file)
  // Listed only now: a part that is put aside before this is seen, one that is put aside later is open already.
  const older = rotatedFiles(file)
  const own = live === null ? null : (await live.stat({ bigint: true })).ino
  if (live) yield* piecesOf(live, file)
  for (const { path } of older) {
    const part = await openOrNull(path)
    if (part === null) continue
    if ((await part.stat({ bigint: true })).ino === own) await part.close()
    else yield* piecesOf(part, path)
  }
}

/** The lines of a piece, oldest first. */
export function linesOf(piece: Buffer): string[] {
  return piece.toString('utf8').split('\n')
}

async function openOrNull(file: string): Promise<FileHandle | null> {
  try {
    return await openRegular(file)
  } catch (error) {
    if (error instanceof Error && isMissing(error.cause)) return null
    throw storeError(error, `reading ${file}`)
  }
}

async function* piecesOf(journal: FileHandle, file: string): AsyncGenerator<Buffer> {
  try {
    yield* wholeLines(journal)
  } catch (error) {
    throw storeError(error, `reading ${file}`)
  } finally {
    await journal.close()
  }
}

async function* wholeLines(journal: FileHandle): AsyncGenerator<Buffer> {
  let end = (await journal.stat()).size
  let rest = Buffer.alloc(0)
  while (end > 0) {
    const start = Math.max(0, end - limits.journalPiece)
    const bytes = Buffer.alloc(end - start + rest.length)
    rest.copy(bytes, end - start)
    await journal.read(bytes, 0, end - start, start)
    // What precedes the first line end may begin in an earlier piece.
    const first = start === 0 ? -1 : bytes.indexOf(newline)
    rest = start > 0 && first < 0 ? bytes : bytes.subarray(0, Math.max(0, first))
    if (start === 0 || first >= 0) yield bytes.subarray(first + 1)
    // No line of ours is that long; without this a file without line ends would be gathered whole.
    if (rest.length > limits.journalPiece) rest = Buffer.alloc(0)
    end = start
  }
}

/** A part of the journal that is no longer written to. */
export interface RotatedFile {
  readonly path: string
  /** Counts up: the greatest is the newest, and a file keeps its number for life. */
  readonly number: number
}

/** The rotated parts of a journal, newest first; none when the folder cannot be read. */
export function rotatedFiles(journal: string): RotatedFile[] {
  try {
    const prefix = `${basename(journal)}.`
    return readdirSync(dirname(journal))
      .filter((name) => name.startsWith(prefix) && /^\d{1,9}$/.test(name.slice(prefix.length)))
      .map((name) => ({ path: join(dirname(journal), name), number: Number(name.slice(prefix.length)) }))
      .sort((a, b) => b.number - a.number)
  } catch {
    return []
  }
}
