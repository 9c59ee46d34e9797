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
  form: LineForm,
  see: SeeName,
  start = 0,
  length = bytes.length,
): void {
  const line = new CutLine()
  for (let at = start; at < length; at = line.next)
    if (line.cut(bytes, form, at, length)) see(form.kind, bytes, line.from, line.to, line.name, line.nameEnd)
}

/** How far the end of a line is looked for here, before the search is left to the platform: calling it costs as much. */
const nearEnd = 16

/** A line of a block, and where the name in it stands: one object for line after line. */
export class CutLine {
  /** Where the line begins, and where it ends but for its line end. */
  from = 0
  to = 0
  name = 0
  nameEnd = 0
  /** Where the line behind it begins. */
  next = 0
  #bytes: Buffer | null = null
  #words: DataView = new DataView(new ArrayBuffer(0))

  /** Whether the line at `from` names something. @param length where the block ends */
  cut(bytes: Buffer, { separator, field }: LineForm, from: number, length: number): boolean {
    let at = this.#stepOver(bytes, separator, from, length)
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
    const end = nameEnd < 0 ? at : endOfLine(bytes, at, length)
    const to = end > from && bytes[end - 1] === carriageReturn ? end - 1 : end
    if (nameEnd < 0) nameEnd = to
    this.from = from
    this.to = to
    this.name = name
    this.nameEnd = nameEnd
    this.next = end + 1
    return name >= 0 && nameEnd > name && bytes[from] !== hash
  }

  /**
   * Steps over words that hold neither a separator nor a line end: a list begins its lines with hashes. Some other bytes
   * look like these here, which costs a closer look.
   */
  #stepOver(bytes: Buffer, separator: number, from: number, length: number): number {
    if (this.#bytes !== bytes) {
      this.#bytes = bytes
      this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    const same = (~(separator ^ newline) & 0xff) * everyByte
    const wanted = (newline * everyByte) & same
    let at = from
    for (; at + 4 <= length; at += 4) {
      const word = (this.#words.getInt32(at, true) & same) ^ wanted
      // Set where a byte of the word is zero, and maybe behind one.
      if (((word - everyByte) & ~word & highBits) !== 0) break
    }
    return at
  }
}

const everyByte = 0x01010101
const highBits = 0x80808080 | 0

function endOfLine(bytes: Buffer, from: number, length: number): number {
  const near = Math.min(length, from + nearEnd)
  for (let at = from; at < near; at += 1) if (bytes[at] === newline) return at
  if (near === length) return length
  const found = bytes.indexOf(newline, near)
  return found < 0 ? length : Math.min(found, length)
}
