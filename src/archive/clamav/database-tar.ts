import { DefsError } from '../../error.ts'
import { type Tape, tapeOf } from '../tape.ts'
import { isZero, readTarHeader, tarBlock } from '../tar-header.ts'
import { assertNothingFollows, contentOf } from '../tar-stream.ts'

/** Told of each member; the body must be consumed before it resolves. */
export type VisitMember = (name: string, body: AsyncIterable<Buffer>) => Promise<void>

/**
 * Reads the tar inside a database. Narrower than tar: plain files only, no pax headers and no long names, which
 * ClamAV does not read, so that nobody can show it other members than us. ClamAV's own writer leaves the end
 * marker out.
 * @throws ARCHIVE_SPECIAL, ARCHIVE_LINK, ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED, ARCHIVE_HIDDEN, ARCHIVE_TRAILING
 */
export async function readDatabaseTar(pieces: AsyncIterable<Buffer>, visit: VisitMember): Promise<void> {
  const tape = tapeOf(pieces)
  for (let block = await takeHeader(tape); block; block = await takeHeader(tape)) {
    const { kind, name, bytes } = readTarHeader(block)
    if (kind === 'link') throw refused('ARCHIVE_LINK', name, 'a link')
    if (kind !== 'file') throw refused('ARCHIVE_SPECIAL', name, `a ${kind}`)
    await visit(name, contentOf(tape, bytes))
  }
}

/** The next header; null at the end, with or without a marker. */
async function takeHeader(tape: Tape): Promise<Buffer | null> {
  const block = await tape.take(tarBlock)
  if (block.length === 0) return null
  if (block.length < tarBlock) {
    throw new DefsError('ARCHIVE_TRUNCATED', 'the database ends too early: fetch it again')
  }
  if (!isZero(block)) return block
  await assertNothingFollows(tape)
  return null
}

function refused(code: 'ARCHIVE_LINK' | 'ARCHIVE_SPECIAL', name: string, what: string): DefsError {
  return new DefsError(code, `${JSON.stringify(name)} in the database is ${what}: the database is refused`)
}
