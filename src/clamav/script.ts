import { memoryBytes } from '../archive/bytes.ts'
import { gunzip } from '../archive/inflate.ts'
import { DefsError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import type { DatabaseOptions, DatabasePatch } from './database.ts'
import { databaseName } from './members.ts'

/** One command of a patch's script; texts are bytes, one a character. Lines count from 1, as they were at `open`. */
export type Command =
  | { readonly do: 'open' | 'unlink'; readonly name: string }
  | { readonly do: 'add'; readonly text: string }
  | { readonly do: 'change'; readonly line: number; readonly prefix: string; readonly text: string | null }
  | {
      readonly do: 'move'
      readonly from: string
      readonly to: string
      readonly first: number
      readonly firstPrefix: string
      readonly last: number
      readonly lastPrefix: string
    }
  | { readonly do: 'close' }

/**
 * The commands of a patch in order; comments and empty lines are skipped.
 * @throws ARCHIVE_CORRUPT for a script that is broken or not as long as announced; ARCHIVE_BOMB_RATIO;
 *   ARCHIVE_NAME_* for a name that leads anywhere but to a member; INTERRUPTED
 */
export async function* commandsOf(patch: DatabasePatch, options: DatabaseOptions): AsyncGenerator<Command> {
  for await (const block of wholeLines(scriptOf(patch, options), bounds.databaseCommand)) {
    for (let at = 0; at < block.length; ) {
      const newline = block.indexOf(0x0a, at)
      const end = newline < 0 ? block.length : newline
      let text = end
      while (text > at && block[text - 1] === 0x0d) text -= 1
      const line = block.toString('latin1', at, text)
      if (line !== '' && !line.startsWith('#')) yield readCommand(line)
      at = end + 1
    }
  }
}

async function* scriptOf(
  { packed, scriptBytes }: DatabasePatch,
  options: DatabaseOptions,
): AsyncGenerator<Buffer> {
  let left = scriptBytes
  for await (const piece of gunzip(memoryBytes(packed), 0, options)) {
    left -= piece.length
    if (left < 0) break
    yield piece
  }
  // Rule: as long as announced. Stops: a small number in front, a flood behind it.
  if (left !== 0) throw corrupt('its script is not as long as it says')
}

function readCommand(line: string): Command {
  const space = line.indexOf(' ')
  const word = space < 0 ? line : line.slice(0, space)
  const rest = space < 0 ? '' : line.slice(space + 1)
  if (word === 'OPEN') return { do: 'open', name: nameOf(rest) }
  if (word === 'UNLINK') return { do: 'unlink', name: nameOf(rest) }
  if (word === 'CLOSE' && rest === '') return { do: 'close' }
  if (word === 'ADD' && rest !== '') return { do: 'add', text: rest }
  const command = readChange(word, rest)
  if (command) return command
  throw corrupt(`it has a command that is none: ${JSON.stringify(line.slice(0, 80))}`)
}

function readChange(word: string, rest: string): Command | null {
  if (word === 'DEL') {
    const [, line, prefix] = /^(\d{1,10}) (.+)$/s.exec(rest) ?? []
    return prefix === undefined ? null : { do: 'change', line: lineOf(line), prefix, text: null }
  }
  if (word === 'XCHG') {
    const [, line, prefix = '', text] = /^(\d{1,10}) ([^ ]+) (.+)$/s.exec(rest) ?? []
    return text === undefined ? null : { do: 'change', line: lineOf(line), prefix, text }
  }
  if (word !== 'MOVE') return null
  const [, from = '', to = '', first, firstPrefix = '', last, lastPrefix] =
    /^([^ ]+) ([^ ]+) (\d{1,10}) ([^ ]+) (\d{1,10}) (.+)$/s.exec(rest) ?? []
  if (lastPrefix === undefined) return null
  const lines = { first: lineOf(first), last: lineOf(last) }
  return { do: 'move', from: nameOf(from), to: nameOf(to), firstPrefix, lastPrefix, ...lines }
}

/** Rule: every name is judged, those of MOVE as well. Stops: a patch that writes outside of its folder. */
function nameOf(text: string): string {
  return databaseName(text)
}

function lineOf(text: string | undefined): number {
  const line = Number(text)
  if (line > 0) return line
  throw corrupt('it counts lines from 0')
}

/** A patch that cannot be carried out. */
export function corrupt(what: string): DefsError {
  return new DefsError('ARCHIVE_CORRUPT', `the patch does not fit, ${what}: take the whole database`)
}

const newline = 0x0a

/**
 * Blocks of whole lines, each with its line end; the last line may have none. A block is valid until the next.
 * @throws ARCHIVE_CORRUPT for a line over `most` bytes, give or take a piece
 */
export async function* wholeLines(pieces: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) {
    const cut = piece.lastIndexOf(newline) + 1
    // Only the line that two pieces share is copied.
    const first = rest.length === 0 ? 0 : piece.indexOf(newline) + 1
    if (cut > 0) {
      if (first > 0) yield Buffer.concat([rest, piece.subarray(0, first)])
      if (cut > first) yield piece.subarray(first, cut)
      rest = Buffer.alloc(0)
    }
    rest = Buffer.concat([rest, piece.subarray(cut)])
    if (rest.length > most) {
      throw new DefsError('ARCHIVE_CORRUPT', `a line of over ${most} bytes: take the whole database`)
    }
  }
  if (rest.length > 0) yield rest
}

/** A change of one line, or the removal of several. */
export interface LineEdit {
  readonly first: number
  readonly last: number
  /** What the first line begins with, and the last one. */
  readonly firstPrefix: Buffer
  readonly lastPrefix: Buffer
  /** What takes its place, with its line end; null to remove it. */
  readonly text: Buffer | null
}

/** What became of a block. */
export interface EditedBlock {
  readonly kept: readonly Buffer[]
  /** Lines taken out, for a move. */
  readonly cut: readonly Buffer[]
}

/** Carries sorted edits out on the lines of a file, block by block. */
export class LineEditor {
  readonly #edits: readonly LineEdit[]
  #next = 0
  #line = 1

  /** @throws ARCHIVE_CORRUPT for two edits of one line */
  constructor(edits: readonly LineEdit[]) {
    this.#edits = edits.toSorted((a, b) => a.first - b.first)
    let after = 0
    for (const { first, last } of this.#edits) {
      if (first <= after || last < first) throw unfit(first, 'is changed twice')
      after = last
    }
  }

  /** @throws ARCHIVE_CORRUPT for a line that does not begin as the edit says */
  edit(block: Buffer): EditedBlock {
    const kept: Buffer[] = []
    const cut: Buffer[] = []
    let from = 0
    let edit = this.#edits[this.#next]
    for (let at = 0; edit && at < block.length; this.#line += 1) {
      const end = block.indexOf(newline, at) + 1 || block.length
      if (this.#line >= edit.first) {
        const line = block.subarray(at, end)
        this.#assertBegins(line, edit)
        kept.push(block.subarray(from, at))
        if (edit.text) kept.push(edit.text)
        cut.push(line)
        from = end
        if (this.#line === edit.last) this.#next += 1
        edit = this.#edits[this.#next]
      }
      at = end
    }
    kept.push(block.subarray(from))
    return { kept, cut }
  }

  /** Rule: every edit was carried out. Stops: a patch for another file, of which half happens to fit. */
  finish(): void {
    const left = this.#edits[this.#next]
    if (left) throw unfit(left.last, 'is not there')
  }

  #assertBegins(line: Buffer, { first, last, firstPrefix, lastPrefix }: LineEdit): void {
    const fits =
      (this.#line !== first || startsWith(line, firstPrefix)) &&
      (this.#line !== last || startsWith(line, lastPrefix))
    if (!fits) throw unfit(this.#line, 'does not begin as it says')
  }
}

function startsWith(line: Buffer, prefix: Buffer): boolean {
  return line.subarray(0, prefix.length).equals(prefix)
}

function unfit(line: number, what: string): DefsError {
  const message = `the patch does not fit, line ${line} ${what}: take the whole database`
  return new DefsError('ARCHIVE_CORRUPT', message)
}
