import { DefsError } from '../../error.ts'
import { limits as bounds } from '../../limits.ts'
import { memoryBytes } from '../bytes.ts'
import { gunzip } from '../gunzip.ts'
import type { DatabaseOptions, DatabasePatch } from './database.ts'
import { wholeLines } from './lines.ts'
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
      const line = block.toString('latin1', at, end).replace(/\r+$/, '')
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
