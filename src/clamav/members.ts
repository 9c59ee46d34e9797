import { createHash } from 'node:crypto'
import { memberPath, Register } from '../archive/member-name.ts'
import type { ArchiveLimits } from '../archive/reader.ts'
import { isZero, readTarHeader, tarBlock } from '../archive/tar-header.ts'
import { assertNothingFollows, type ByteReader, contentOf, tapeOf } from '../archive/tar-stream.ts'
import { DefsError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import type { DatabaseContents, DatabaseInfo, DatabaseMember } from './database.ts'

/** A member that is being read: shown all of its bytes, then closed. */
export interface MemberWatch {
  readonly name: string
  readonly look: (piece: Uint8Array) => void
  readonly close: () => void
}

/** Takes note of a database's members, one after the other. */
export interface Members {
  /** @throws ARCHIVE_NAME_*, ARCHIVE_DUPLICATE, ARCHIVE_COLLISION, ARCHIVE_TOO_MANY; `look` ARCHIVE_BOMB_TOTAL */
  readonly begin: (written: string) => MemberWatch
  readonly contents: () => DatabaseContents
}

/**
 * The name of a database's member: no folders, and letters that no program reads in two ways.
 * @throws ARCHIVE_NAME_*
 */
export function databaseName(written: string): string {
  const name = memberPath(written, 'file')
  if (name === written && /^[A-Za-z0-9._-]+$/.test(name)) return name
  throw new DefsError(
    'ARCHIVE_NAME_INVALID',
    `member ${JSON.stringify(written)} has no name of a database's file: the database is refused`,
  )
}

/** An empty record of members, held to these bounds. */
export function membersOf(limits: ArchiveLimits): Members {
  const members: DatabaseMember[] = []
  const register = new Register()
  let info: DatabaseInfo | null = null
  let room = limits.unpacked

  function begin(written: string): MemberWatch {
    const name = databaseName(written)
    register.add(name, 'file')
    if (members.length >= limits.entries) {
      throw new DefsError('ARCHIVE_TOO_MANY', `the database has more than ${limits.entries} members`)
    }
    const kept: Buffer[] | null = name.endsWith('.info') ? [] : null
    // Rule: one list. Stops: two lists, one proved and the other one used.
    if (kept && info) throw new DefsError('ARCHIVE_DUPLICATE', 'the database has two .info: it is refused')
    const hash = createHash('sha256')
    let bytes = 0
    const look = (piece: Uint8Array) => {
      bytes += piece.length
      room -= piece.length
      if (room < 0 || (kept && bytes > bounds.databaseInfo)) throw tooLarge(name, limits.unpacked)
      hash.update(piece)
      kept?.push(Buffer.from(piece))
    }
    const close = () => {
      members.push({ name, bytes, sha256: hash.digest('hex') })
      if (kept) info = { file: name, bytes: Buffer.concat(kept) }
    }
    return { name, look, close }
  }

  return { begin, contents: () => ({ info, members }) }
}

function tooLarge(name: string, most: number): DefsError {
  const message = `the database is refused at ${name}: more than ${most} bytes in all, or no .info of honest size; limits.unpacked can be raised`
  return new DefsError('ARCHIVE_BOMB_TOTAL', message)
}

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
async function takeHeader(tape: ByteReader): Promise<Buffer | null> {
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
