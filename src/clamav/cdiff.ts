import { dirname, join } from 'node:path'
import { watchSpace } from '../disk/free-space.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import type { DatabaseOptions, DatabasePatch } from './database.ts'
import { assertNoPage } from './open-database.ts'
import { append, appendFrom, removeMember, rewriteMember } from './rewrite.ts'
import { type Command, commandsOf, corrupt, type LineEdit } from './script.ts'

const opening = /^ClamAV-Diff:(\d{1,10}):(\d{1,10}):/
/** Two numbers of ten digits at the most. */
const openingBytes = 64

/**
 * Reads a cdiff. Null for one of no bytes: the publisher's way to say that there is no patch and the whole
 * database is to be taken.
 * @throws FETCH_HTML for a web page; ARCHIVE_UNKNOWN, ARCHIVE_CORRUPT; ARCHIVE_BOMB_TOTAL above its bounds
 */
export function readPatch(bytes: Uint8Array): DatabasePatch | null {
  if (bytes.length === 0) return null
  assertNoPage(bytes.subarray(0, 1024))
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [head, version, size] = opening.exec(whole.toString('latin1', 0, openingBytes)) ?? []
  if (head === undefined) {
    throw new DefsError('ARCHIVE_UNKNOWN', 'the file is no patch of a ClamAV database: check the address')
  }
  const scriptBytes = Number(size)
  if (whole.length > limits.databasePatch || scriptBytes > limits.databaseScript) {
    throw new DefsError('ARCHIVE_BOMB_TOTAL', 'the patch is larger than any honest one: it is refused')
  }
  // The packed script may hold colons itself; no signature does.
  const end = whole.lastIndexOf(':')
  const signature = whole.toString('latin1', end + 1)
  if (end < head.length || !/^[A-Za-z0-9+/]+$/.test(signature)) {
    throw new DefsError('ARCHIVE_CORRUPT', 'the patch does not end in a signature: fetch it again')
  }
  const signed = whole.subarray(0, end)
  return {
    version: Number(version),
    scriptBytes,
    bytes: whole,
    signed,
    signature,
    packed: signed.subarray(head.length),
  }
}

const cutSuffix = '+moved'

/**
 * Carries a patch out on the unpacked database in `directory`, which then holds the next version, to be proved
 * by its .info. After an error the folder holds rubbish.
 * @throws ARCHIVE_CORRUPT when it does not fit the files or breaks a rule; ARCHIVE_BOMB_*, ARCHIVE_NAME_*;
 *   STORE_*; INTERRUPTED
 */
export async function applyPatch(
  patch: DatabasePatch,
  directory: string,
  options: DatabaseOptions,
): Promise<void> {
  const count = rewriteCounter()
  let open: MemberChanges | null = null
  for await (const command of commandsOf(patch, options)) {
    if (command.do === 'add' || command.do === 'change' || command.do === 'close') {
      if (!open) throw corrupt('it changes a member that it has not opened')
      if (command.do === 'add') await open.add(command.text)
      if (command.do === 'change') open.change(command.line, command.prefix, command.text)
      if (command.do !== 'close') continue
      if (open.rewrites) count()
      await open.close(options)
      open = null
      continue
    }
    // Rule: one member at a time. Stops: two orders of work, of which ours is not the publisher's.
    if (open) throw corrupt('it leaves a member open')
    if (command.do === 'open') open = new MemberChanges(join(directory, command.name))
    if (command.do === 'unlink') await removeMember(join(directory, command.name))
    if (command.do !== 'move') continue
    count()
    await moveLines(command, directory, options)
  }
  if (open) throw corrupt('it leaves a member open')
}

async function moveLines(
  { from, to, first, firstPrefix, last, lastPrefix }: Extract<Command, { do: 'move' }>,
  directory: string,
  options: DatabaseOptions,
): Promise<void> {
  if (from === to) throw corrupt('it moves lines of a member into itself')
  const source = join(directory, from)
  const edit = {
    first,
    last,
    firstPrefix: Buffer.from(firstPrefix, 'latin1'),
    lastPrefix: Buffer.from(lastPrefix, 'latin1'),
    text: null,
  }
  await rewriteMember(source, [edit], `${source}${cutSuffix}`, options)
  await appendFrom(`${source}${cutSuffix}`, join(directory, to), options)
}

/** Rule: a bounded amount of work. Stops: a small script that writes a large member thousands of times. */
function rewriteCounter(): () => void {
  let left: number = limits.databaseRewrites
  return () => {
    left -= 1
    if (left >= 0) return
    throw new DefsError('ARCHIVE_BOMB_TOTAL', 'the patch writes members anew without end: it is refused')
  }
}

const spoolSuffix = '+added'
const lineEnd = Buffer.from('\n')

/** What a patch has for one member, from OPEN to CLOSE; carried out at the end, as line numbers ask for. */
class MemberChanges {
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
    if (this.#editBytes <= limits.databaseEdits && this.#edits.length <= limits.databaseEditsCount) return
    const message = 'the patch changes more lines of one member than an honest one: take the whole database'
    throw new DefsError('ARCHIVE_BOMB_TOTAL', message)
  }

  /** Keeps a line for the end of the member; many of them on the disk. @throws STORE_* */
  async add(text: string): Promise<void> {
    const line = Buffer.from(text, 'latin1')
    this.#added.push(line, lineEnd)
    this.#addedBytes += line.length + lineEnd.length
    if (this.#addedBytes < limits.databaseAdditions) return
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
  async close(options: DatabaseOptions): Promise<void> {
    if (this.rewrites) await rewriteMember(this.#path, this.#edits, null, options)
    if (this.#spooled) await appendFrom(this.#spool, this.#path, options)
    watchSpace(dirname(this.#path), options.reserve ?? 0)(this.#addedBytes)
    await append(this.#path, Buffer.concat(this.#added))
  }

  get #spool(): string {
    return `${this.#path}${spoolSuffix}`
  }
}
