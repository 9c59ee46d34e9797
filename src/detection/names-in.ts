import { wholeLines } from '../clamav/script.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { type NamedRule, RuleLines, yaraRules } from '../rules/named-rules.ts'
import { type LineForm, type NameKind, signatureFile } from './signature-file.ts'

/**
 * Told of a signature: its contents go from `from` to `to`, its name from `name` to `nameEnd`. The bytes are valid
 * until it returns.
 */
export type SeeName = (
  kind: NameKind,
  bytes: Buffer,
  from: number,
  to: number,
  name: number,
  nameEnd: number,
) => void

/**
 * Goes through everything that a file names, in flat memory but for YARA's rules, which are read as one text.
 * @param file its name tells its form; one that names nothing is not read
 * @param holding when given, lines that do not hold it may be left out
 * @throws ARCHIVE_CORRUPT for a line without end; ARCHIVE_BOMB_TOTAL for YARA's rules above limits.ruleFile; what the
 *   pieces throw
 */
export async function namesIn(
  file: string,
  pieces: AsyncIterable<Buffer>,
  see: SeeName,
  holding: Buffer | null = null,
): Promise<void> {
  const form = signatureFile(file)
  if (!form) return
  if ('rules' in form) {
    for await (const { name, text } of rulesIn(file, form.rules, pieces)) {
      const bytes = Buffer.from(`${name}${text}`, 'latin1')
      see('detection', bytes, name.length, bytes.length, 0, name.length)
    }
    return
  }
  for await (const block of wholeLines(pieces, limits.databaseLine))
    if (holding === null || block.includes(holding)) eachLine(block, form, see)
}

async function* rulesIn(
  file: string,
  engine: 'suricata' | 'yara',
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<NamedRule> {
  if (engine === 'yara') {
    yield* yaraRules(await textOf(file, pieces))
    return
  }
  const lines = new RuleLines(limits.databaseLine)
  for await (const block of wholeLines(pieces, limits.databaseLine))
    for (const line of block.toString('latin1').split('\n')) {
      const rule = lines.add(line)
      if (rule) yield rule
    }
}

async function textOf(file: string, pieces: AsyncIterable<Buffer>): Promise<string> {
  const kept: Buffer[] = []
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > limits.ruleFile)
      throw new DefsError('ARCHIVE_BOMB_TOTAL', `'${file}' is too large for a file of rules`, { path: file })
    kept.push(Buffer.from(piece))
  }
  return Buffer.concat(kept).toString('latin1')
}

const newline = 0x0a
const carriageReturn = 0x0d
const hash = 0x23

/** Goes through whole lines of a block; comments, and lines with too few fields, name nothing. */
export function eachLine(
  bytes: Buffer,
  { kind, separator, field }: LineForm,
  see: SeeName,
  start = 0,
  length = bytes.length,
): void {
  for (let from = start; from < length; ) {
    let at = from
    let fields = 0
    let name = field === 0 ? from : -1
    let nameEnd = -1
    for (; at < length; at += 1) {
      const byte = bytes[at]
      if (byte === newline) break
      if (byte !== separator) continue
      if (fields === field) {
        nameEnd = at
        break
      }
      fields += 1
      if (fields === field) name = at + 1
    }
    // Behind the name, the search for the end of the line can be left to the platform.
    const end = nameEnd < 0 ? at : Math.min(length, endOfLine(bytes, at))
    const to = end > from && bytes[end - 1] === carriageReturn ? end - 1 : end
    if (nameEnd < 0) nameEnd = to
    if (name >= 0 && nameEnd > name && bytes[from] !== hash) see(kind, bytes, from, to, name, nameEnd)
    from = end + 1
  }
}

function endOfLine(bytes: Buffer, from: number): number {
  const found = bytes.indexOf(newline, from)
  return found < 0 ? bytes.length : found
}
