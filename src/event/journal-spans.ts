import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { replaceFileNow } from '../disk/atomic-file.ts'
import { readSmall } from '../disk/foreign-file.ts'
import { count, listOf, nullable, object, type Shape, text } from '../disk/json-shape.ts'
import { limits } from '../limits.ts'
import { historyEvents } from './history-events.ts'
import { readEvent } from './make-event.ts'

/**
 * Some of a file of the journal, whole lines, and what its events are about. A clock may have been set back within
 * it: the span goes from the earliest to the latest, in whatever order they stand.
 */
export interface Stretch {
  /** Bytes from the beginning of the file. */
  readonly start: number
  readonly end: number
  /** Milliseconds of the epoch; `first` is after `last` where there is no event with a time. */
  readonly first: number
  readonly last: number
  /** Where the lines are that `history` tells: start and end in the file; null when they are many, or not known. */
  readonly told: readonly (readonly [number, number])[] | null
}

/** What is known of one file. It is known again by how it begins and by the last bytes that are known of it. */
interface Known {
  readonly head: string
  readonly tail: string
  /** When the file was written last, for one that is no longer written to; null for the others. */
  readonly mtime: number | null
  readonly stretches: readonly Stretch[]
}

/** A file of the journal that is open for reading. */
export interface OpenPart {
  readonly fd: number
  readonly stats: Pick<Stats, 'size' | 'mtimeMs'>
}

const newline = 0x0a
const sealBytes = 128
// A stretch that is read whatever is asked for.
const always = { first: 0, last: 8.64e15, told: null }

/** Where the spans of a journal are kept. They follow from the journal alone: whoever loses them reads all of it. */
const spansFile = (journal: string): string => `${journal}.spans`

/**
 * Opens what is known of a journal's files: for each the stretches from its beginning, oldest first, without gaps. What
 * follows them, or all of a file of which nothing is known (an earlier version of ours wrote it, others changed it), has
 * to be read. Never throws.
 */
export function readSpans(journal: string): (part: OpenPart) => readonly Stretch[] {
  const all = readKnown(journal)
  return (part) => recognise(part, all)?.stretches ?? []
}

/**
 * Keeps what files of a journal are about, as far as that is not known yet. Replaced as a whole and never flushed: what
 * a crash leaves fits the files, or is passed over.
 * @param files the live one first, then the parts put aside
 * @param most bytes to look at; what is left is looked at by a later call
 * @throws what the file system reports
 */
export function keepSpans(journal: string, files: readonly string[], most: number): void {
  const before = readKnown(journal)
  let room = most
  let changed = false
  const after = files.flatMap((path, index) => {
    const file = openSync(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    )
    try {
      const stats = fstatSync(file)
      // Little is read as quickly as looked up.
      if (!stats.isFile() || stats.size < limits.journalPiece) return []
      const part = { fd: file, stats }
      const known = recognise(part, before)
      const stretches = [...(known?.stretches ?? [])]
      const isAside = index > 0
      for (const stretch of stretchesOf(part, stretches.at(-1)?.end ?? 0, isAside)) {
        if (room <= 0) break
        stretches.push(stretch)
        room -= stretch.end - stretch.start
      }
      const end = stretches.at(-1)?.end ?? 0
      const mtime = isAside && stats.size - end < limits.journalPiece ? stats.mtimeMs : null
      if (known?.stretches.length === stretches.length && known.mtime === mtime) return [known]
      changed = true
      return [{ ...sealOf(file, end), mtime, stretches }]
    } finally {
      closeSync(file)
    }
  })
  if (!changed && after.length === before.length) return
  replaceFileNow(spansFile(journal), `${JSON.stringify(recordOf(after))}\n`, 0o640)
}

/** Bytes of a file of which nothing is known. */
export function unknownBytes(part: OpenPart, stretches: readonly Stretch[]): number {
  return part.stats.size - (stretches.at(-1)?.end ?? 0)
}

function recognise({ fd, stats }: OpenPart, all: readonly Known[]): Known | undefined {
  return all.find(({ head, tail, mtime, stretches }) => {
    const end = stretches.at(-1)?.end ?? 0
    if (end > stats.size || (mtime !== null && mtime !== stats.mtimeMs)) return false
    const seal = sealOf(fd, end)
    return seal.head === head && seal.tail === tail
  })
}

function sealOf(file: number, end: number): { head: string; tail: string } {
  const long = Math.min(sealBytes, end)
  return {
    head: readAt(file, 0, long).toString('latin1'),
    tail: readAt(file, end - long, long).toString('latin1'),
  }
}

/** What follows a place in a file, stretch by stretch: in the live one as far as a stretch is full. */
function* stretchesOf({ fd, stats }: OpenPart, from: number, isAside: boolean): Generator<Stretch> {
  let start = from
  while (stats.size - start >= (isAside ? 1 : limits.journalPiece)) {
    let end = start
    let whole = 0
    let bytes: Buffer = Buffer.alloc(0)
    while (whole === 0 && end < stats.size) {
      bytes = readAt(fd, end, Math.min(limits.journalPiece, stats.size - end))
      if (bytes.length === 0) return
      whole = bytes.lastIndexOf(newline) + 1
      end += whole === 0 ? bytes.length : whole
    }
    // A line that a crash tore, and nothing behind it yet.
    if (whole === 0) return
    yield end - start === whole ? describe(bytes.subarray(0, whole), start) : { start, end, ...always }
    start = end
  }
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let filled = 0
  while (filled < length) {
    const read = readSync(file, bytes, filled, length - filled, position + filled)
    if (read === 0) break
    filled += read
  }
  return bytes.subarray(0, filled)
}

const beginning = /\{"time":"([\d:.TZ+-]+)","id":\d+,"name":"([^"\\]+)"/y
const told: ReadonlySet<string> = new Set(historyEvents)

function describe(bytes: Buffer, start: number): Stretch {
  // A character a byte, so that places in the text are places in the file.
  const lines = bytes.toString('latin1')
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  let places: [number, number][] | null = []
  for (let from = 0; from < lines.length; ) {
    const end = lines.indexOf('\n', from) + 1
    const found = whatIs(lines, bytes, from, end)
    if (found) {
      // A time that cannot be read is in no span, and in no period that is asked for.
      if (found.time < first) first = found.time
      if (found.time > last) last = found.time
      if (told.has(found.name)) places?.push([start + from, start + end])
      if (places && places.length > limits.journalTold) places = null
    }
    from = end
  }
  const end = start + bytes.length
  return first > last
    ? { start, end, first: 1, last: 0, told: places }
    : { start, end, first, last, told: places }
}

function whatIs(
  lines: string,
  bytes: Buffer,
  from: number,
  end: number,
): { time: number; name: string } | undefined {
  beginning.lastIndex = from
  const match = beginning.exec(lines)
  // As we write them, with no second time or name behind, which would be the one that counts.
  if (match?.[1] !== undefined && match[2] !== undefined) {
    const rest = lines.slice(beginning.lastIndex, end)
    if (!rest.includes('"time"') && !rest.includes('"name"') && rest.endsWith('}\n')) {
      return { time: Date.parse(match[1]), name: match[2] }
    }
  }
  const event = readEvent(bytes.toString('utf8', from, end))
  return event && { time: Date.parse(event.time), name: event.name }
}

/** On disk: a list of numbers a stretch, to be short. */
interface SpansRecord {
  readonly told: readonly string[]
  readonly parts: readonly {
    readonly head: string
    readonly tail: string
    readonly mtime: number | null
    /** End, first, last, and start and length of each line that is told from the start of the stretch on; -1 for many. */
    readonly stretches: readonly (readonly number[])[]
  }[]
}

// Not by listOf, which would put the numbers of all lists into one.
const rows: Shape<readonly (readonly number[])[]> = (value) =>
  Array.isArray(value) && value.every(isRow) ? value : undefined
const isRow = (row: unknown): row is readonly number[] =>
  Array.isArray(row) && row.length >= 3 && row.every(Number.isSafeInteger)
const finite: Shape<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined
const spansShape = object<SpansRecord & { schema: number }>({
  schema: count,
  told: listOf(text),
  parts: listOf(
    object<SpansRecord['parts'][number]>({
      head: text,
      tail: text,
      mtime: nullable(finite),
      stretches: rows,
    }),
  ),
})

function recordOf(parts: readonly Known[]): SpansRecord & { schema: number } {
  return {
    schema: 1,
    told: historyEvents,
    parts: parts.map((part) => ({
      ...part,
      stretches: part.stretches.map(({ start, end, first, last, told: lines }) => [
        end,
        first,
        last,
        ...(lines === null ? [-1] : lines.flatMap(([from, to]) => [from - start, to - from])),
      ]),
    })),
  }
}

function readKnown(journal: string): Known[] {
  try {
    const record = spansShape(JSON.parse(readSmall(spansFile(journal), limits.journalSpans).toString()))
    // Another version of ours may tell other events.
    if (record?.schema !== 1 || record.told.join() !== historyEvents.join()) return []
    return record.parts.flatMap((part) => {
      const stretches = readStretches(part.stretches)
      return stretches ? [{ ...part, stretches }] : []
    })
  } catch {
    return []
  }
}

function readStretches(told: SpansRecord['parts'][number]['stretches']): Stretch[] | null {
  const stretches: Stretch[] = []
  let start = 0
  for (const [end = 0, first = 0, last = 0, ...places] of told) {
    if (end <= start) return null
    const lines: [number, number][] = []
    let read = start
    for (let index = 0; index + 1 < places.length; index += 2) {
      const from = start + (places[index] ?? 0)
      const to = from + (places[index + 1] ?? 0)
      // Rule: lines rise, and there are some in a piece only. Stops: whoever may write here having much read for little.
      if (from < read || to <= from || to > end || end - start > limits.journalPiece) return null
      lines.push([from, to])
      read = to
    }
    stretches.push({ start, end, first, last, told: places[0] === -1 ? null : lines })
    start = end
  }
  return stretches.length > 0 ? stretches : null
}
