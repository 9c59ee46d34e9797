import { DefsError } from '../../error.ts'
import { limits as bounds } from '../../limits.ts'
import type { LineEdit } from './lines.ts'
import { append, appendFrom, rewriteMember } from './rewrite.ts'

const spoolSuffix = '+added'
const lineEnd = Buffer.from('\n')

/** What a patch has for one member, from OPEN to CLOSE; carried out at the end, as line numbers ask for. */
export class MemberChanges {
  readonly #path: string
  readonly #edits: LineEdit[] = []
  #editBytes = 0
  #added: Buffer[] = []
  #addedBytes = 0
  #spooled = false

  constructor(path: string) {
    this.#path = path
  }

  /** @throws ARCHIVE_BOMB_TOTAL for more than is kept in memory */
  change(line: number, prefix: string, text: string | null): void {
    const begin = Buffer.from(prefix, 'latin1')
    const whole = text === null ? null : Buffer.from(`${text}\n`, 'latin1')
    this.#edits.push({ first: line, last: line, firstPrefix: begin, lastPrefix: begin, text: whole })
    this.#editBytes += begin.length + (whole?.length ?? 0)
    if (this.#editBytes <= bounds.databaseEdits && this.#edits.length <= bounds.databaseEditsCount) return
    const message = 'the patch changes more lines of one member than an honest one: take the whole database'
    throw new DefsError('ARCHIVE_BOMB_TOTAL', message)
  }

  /** Keeps a line for the end of the member; many of them on the disk. @throws STORE_* */
  async add(text: string): Promise<void> {
    const line = Buffer.from(text, 'latin1')
    this.#added.push(line, lineEnd)
    this.#addedBytes += line.length + lineEnd.length
    if (this.#addedBytes < bounds.databaseAdditions) return
    await append(this.#spool, Buffer.concat(this.#added))
    this.#spooled = true
    this.#added = []
    this.#addedBytes = 0
  }

  /** True when closing has to write the member anew. */
  get rewrites(): boolean {
    return this.#edits.length > 0
  }

  /** @throws ARCHIVE_CORRUPT when the changes do not fit; STORE_*; INTERRUPTED */
  async close(signal: AbortSignal): Promise<void> {
    if (this.rewrites) await rewriteMember(this.#path, this.#edits, null, signal)
    if (this.#spooled) await appendFrom(this.#spool, this.#path, signal)
    await append(this.#path, Buffer.concat(this.#added))
  }

  get #spool(): string {
    return `${this.#path}${spoolSuffix}`
  }
}
