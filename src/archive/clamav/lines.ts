import { DefsError } from '../../error.ts'

const newline = 0x0a

/**
 * Blocks of whole lines, each with its line end; the last line may have none. A block is valid until the next.
 * @throws ARCHIVE_CORRUPT for a line over `most` bytes, give or take a piece
 */
export async function* wholeLines(pieces: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) {
    const cut = piece.lastIndexOf(newline) + 1
    if (cut > 0) {
      yield rest.length === 0 ? piece.subarray(0, cut) : Buffer.concat([rest, piece.subarray(0, cut)])
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
