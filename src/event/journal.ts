import { closeSync, fstatSync, readdirSync, readSync, type Stats, writeSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { isMissing } from '../disk/atomic-file.ts'
import { openRegular, openToAppend } from '../disk/foreign-file.ts'
import { DefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { DefsEvent } from './event.ts'
import { keepSpans, type OpenPart, readSpans, type Stretch, unknownBytes } from './journal-spans.ts'
import { readEvent } from './make-event.ts'

const newline = 0x0a

/**
 * Appends one event as one line in one write, so that several writers do not mix their lines. A line that a crash
 * tore is ended first, or this event would be lost with it. Makes the file, not its folder. Once in a while what the
 * journal is about is kept beside it.
 * @throws STORE_FULL, STORE_PERMISSION, STORE_IO
 */
export function appendEvent(file: string, event: DefsEvent): void {
  try {
    const journal = openToAppend(file, 0o640)
    try {
      const { size } = fstatSync(journal)
      const line = Buffer.from(`${isTorn(journal, size) ? '\n' : ''}${JSON.stringify(event)}\n`)
      if (writeSync(journal, line) !== line.length) {
        throw new DefsError('STORE_FULL', `no room left while writing ${file}: free some space`, {
          path: file,
        })
      }
      const pieces = (bytes: number) => Math.floor(bytes / limits.journalPiece)
      if (pieces(size) < pieces(size + line.length)) learn(file, limits.journalLearning)
    } finally {
      closeSync(journal)
    }
  } catch (error) {
    throw storeError(error, `writing ${file}`)
  }
}

/**
 * Looks at what was added to a journal, and keeps what it is about for those who ask for a part of it.
 * @param most bytes to look at now
 */
export function learn(journal: string, most: number): void {
  try {
    keepSpans(journal, [journal, ...rotatedFiles(journal).map(({ path }) => path)], most)
  } catch {
    // It is quicker to ask with it, and no different.
  }
}

function isTorn(journal: number, size: number): boolean {
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

/** What is asked of a journal. What does not belong to it may be left out, and may be there. */
export interface JournalQuestion {
  readonly from: Date | null
  readonly to: Date | null
  /** Only what `history` tells. */
  readonly history: boolean
}

const everything: JournalQuestion = { from: null, to: null, history: false }

/**
 * The journal as it is written, whole lines by the piece: the newest piece first, in each the oldest line first; a piece
 * lasts until the next one is asked for. Of what is known not to belong to the question nothing is read.
 * @throws STORE_PERMISSION, STORE_IO
 */
export async function* piecesFromEnd(file: string, question = everything): AsyncGenerator<Buffer> {
  const parts = await openParts(file)
  try {
    const spansOf = readSpans(file)
    const narrow = question.history || question.from !== null || question.to !== null
    let known = parts.map((part) => (narrow ? spansOf(part) : []))
    const unknown = parts.reduce((sum, part, index) => sum + unknownBytes(part, known[index] ?? []), 0)
    // What has to be read anyway is remembered, where the journal is ours: a look by root leaves nothing behind.
    if (
      narrow &&
      unknown > 4 * limits.journalPiece &&
      parts.every(({ stats }) => stats.uid === process.geteuid?.())
    ) {
      learn(file, Number.POSITIVE_INFINITY)
      const anew = readSpans(file)
      known = parts.map(anew)
    }
    for (const [index, part] of parts.entries()) yield* piecesOf(part, known[index] ?? [], question)
  } finally {
    await Promise.all(parts.map(({ file: part }) => part.close()))
  }
}

interface Part extends OpenPart {
  readonly file: FileHandle
  readonly path: string
  readonly stats: Stats
}

/** All files of a journal, newest first, each of them once. */
async function openParts(journal: string): Promise<Part[]> {
  const parts: Part[] = []
  try {
    await open(journal)
    // Listed only now: a part that is put aside before this is seen, one that is put aside later is open already.
    for (const { path } of rotatedFiles(journal)) await open(path)
    return parts
  } catch (error) {
    await Promise.all(parts.map(({ file }) => file.close()))
    throw error
  }

  async function open(path: string): Promise<void> {
    const file = await openOrNull(path)
    if (file === null) return
    const stats = fstatSync(file.fd)
    if (parts.some((part) => part.stats.ino === stats.ino)) await file.close()
    else parts.push({ file, fd: file.fd, path, stats })
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

async function* piecesOf(
  part: Part,
  known: readonly Stretch[],
  question: JournalQuestion,
): AsyncGenerator<Buffer> {
  try {
    yield* wholeLines(part, known.at(-1)?.end ?? 0, part.stats.size)
    for (const stretch of known.toReversed()) {
      if (!concerns(stretch, question)) continue
      if (question.history && stretch.told) yield toldLines(part, stretch.told)
      else yield* wholeLines(part, stretch.start, stretch.end)
    }
  } catch (error) {
    throw storeError(error, `reading ${part.path}`)
  }
}

function concerns({ first, last, told }: Stretch, { from, to, history }: JournalQuestion): boolean {
  if (history && told?.length === 0) return false
  if (from !== null && last < from.getTime()) return false
  return to === null || first <= to.getTime()
}

/** Lines of a file, one after the other. */
function toldLines({ fd }: Part, told: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.alloc(told.reduce((sum, [from, to]) => sum + to - from, 0))
  let filled = 0
  for (const [from, to] of told) filled += readSync(fd, bytes, filled, to - from, from)
  return bytes.subarray(0, filled)
}

/** What lies between two places, of which the first is the beginning of a line. */
async function* wholeLines({ fd }: Part, begin: number, close: number): AsyncGenerator<Buffer> {
  // One room for all pieces: a long journal is read in little memory.
  const room = Buffer.alloc(2 * limits.journalPiece)
  let end = close
  let rest = 0
  for (let turn = 1; end > begin; turn += 1) {
    const start = Math.max(begin, end - limits.journalPiece)
    room.copyWithin(end - start, 0, rest)
    readSync(fd, room, 0, end - start, start)
    const bytes = room.subarray(0, end - start + rest)
    // What precedes the first line end may begin in an earlier piece.
    const first = start === begin ? -1 : bytes.indexOf(newline)
    if (start === begin || first >= 0) yield bytes.subarray(first + 1)
    rest = start > begin && first < 0 ? bytes.length : Math.max(0, first)
    // No line of ours is that long; without this a file without line ends would be gathered whole.
    if (rest > limits.journalPiece) rest = 0
    end = start
    // Whoever else lives in this process has a turn.
    if (turn % 16 === 0) await setImmediate()
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
