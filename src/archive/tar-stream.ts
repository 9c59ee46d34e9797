import { DefsError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import type { MemberReading } from './reader.ts'
import {
  isZero,
  looksLikeTar,
  type Pax,
  readPax,
  readTarHeader,
  type TarHeader,
  tarBlock,
} from './tar-header.ts'

const pieceBytes = 256 * 1024

/** Headers that describe one member: a global one, a pax one, a GNU long name and a long link are all there are. */
const descriptionsMost = 4

/**
 * Reads a tar file from its bytes in order: ustar, pax, GNU long names, and the format before them. Only
 * regular files and folders pass, padding and the rest after the end marker must be zeros.
 * @throws ARCHIVE_*
 */
export async function readTarStream(pieces: AsyncIterable<Buffer>, reading: MemberReading): Promise<void> {
  const tape = tapeOf(pieces)
  let block = await tape.take(tarBlock)
  if (!looksLikeTar(block))
    throw new DefsError('ARCHIVE_UNKNOWN', 'the package is no tar file: check the address')
  for (let members = 1; !isZero(block); members += 1) {
    if (members > reading.limits.entries) {
      throw new DefsError(
        'ARCHIVE_TOO_MANY',
        `the archive has more than ${reading.limits.entries} members: the package is refused`,
      )
    }
    await readMember(tape, block, reading)
    block = await takeBlock(tape)
  }
  if (!isZero(await takeBlock(tape))) {
    throw new DefsError(
      'ARCHIVE_HIDDEN',
      'the archive goes on after half an end marker: the package is refused',
    )
  }
  await assertNothingFollows(tape)
}

/** What may follow the end marker: zeros, as many as writers fill up with. @throws ARCHIVE_TRAILING */
export async function assertNothingFollows(tape: ByteReader): Promise<void> {
  let room: number = bounds.tarPadding
  for (let rest = await tape.next(pieceBytes); rest.length > 0; rest = await tape.next(pieceBytes)) {
    room -= rest.length
    if (room >= 0 && isZero(rest)) continue
    throw new DefsError('ARCHIVE_TRAILING', 'bytes follow the end of the archive: the package is refused')
  }
}

async function readMember(tape: ByteReader, first: Buffer, { visit, signal }: MemberReading): Promise<void> {
  let header = readTarHeader(first)
  let changes: Pax = {}
  for (let count = 1; isDescription(header); count += 1) {
    if (count > descriptionsMost) throw damaged('one member is described too often')
    changes = { ...changes, ...describe(header, await takeBody(tape, header)) }
    header = readTarHeader(await takeBlock(tape))
  }
  const name = changes.name ?? header.name
  if (header.kind === 'link') throw refused('ARCHIVE_LINK', name, 'is a link')
  if (header.kind === 'special')
    throw refused('ARCHIVE_SPECIAL', name, header.habit ?? 'is neither file nor folder')
  const bytes = changes.bytes ?? header.bytes
  const type = header.kind === 'folder' ? 'folder' : 'file'
  const modified = changes.modified ?? header.modified
  await visit({ name, type, bytes, modified }, contentOf(tape, bytes), signal, 0)
}

function isDescription(header: TarHeader): boolean {
  return (
    header.kind !== 'file' && header.kind !== 'folder' && header.kind !== 'link' && header.kind !== 'special'
  )
}

function describe(header: TarHeader, body: Buffer): Pax {
  if (header.kind === 'long-link') throw refused('ARCHIVE_LINK', header.name, 'is a link')
  if (header.kind === 'long-name') return { name: body.toString('utf8').replace(/\0$/, '') }
  return readPax(body, header.kind === 'pax-global')
}

async function takeBody(tape: ByteReader, header: TarHeader): Promise<Buffer> {
  if (header.bytes > bounds.description) throw damaged('a description is longer than any name')
  const body = await tape.take(header.bytes)
  if (body.length < header.bytes) throw truncated()
  await takePadding(tape, header.bytes)
  return body
}

/** The content of the member whose header was just taken, and its padding. @throws ARCHIVE_TRUNCATED, ARCHIVE_HIDDEN */
export async function* contentOf(tape: ByteReader, bytes: number): AsyncGenerator<Buffer> {
  for (let missing = bytes; missing > 0; ) {
    const piece = await tape.next(missing)
    if (piece.length === 0) throw truncated()
    missing -= piece.length
    yield piece
  }
  await takePadding(tape, bytes)
}

async function takePadding(tape: ByteReader, bytes: number): Promise<void> {
  const length = (tarBlock - (bytes % tarBlock)) % tarBlock
  const padding = await tape.take(length)
  if (padding.length < length) throw truncated()
  if (!isZero(padding)) {
    throw new DefsError('ARCHIVE_HIDDEN', 'data is hidden between members: the package is refused')
  }
}

async function takeBlock(tape: ByteReader): Promise<Buffer> {
  const block = await tape.take(tarBlock)
  if (block.length < tarBlock) throw truncated()
  return block
}

function truncated(): DefsError {
  return new DefsError('ARCHIVE_TRUNCATED', 'the archive ends too early: fetch it again')
}

function damaged(fault: string): DefsError {
  return new DefsError('ARCHIVE_CORRUPT', `damaged archive, ${fault}: the package is refused`)
}

function refused(code: 'ARCHIVE_LINK' | 'ARCHIVE_SPECIAL', name: string, fault: string): DefsError {
  return new DefsError(code, `member ${JSON.stringify(name)} ${fault}: the package is refused`)
}

/** Bytes that come one after the other, cut to the lengths the reader asks for. */
export interface ByteReader {
  /** Exactly so many bytes; fewer only when the tape ends before them. */
  take(length: number): Promise<Buffer>
  /** What is at hand, `most` bytes at the most; empty only at the end. */
  next(most: number): Promise<Buffer>
}

/** A tape over pieces of any length. */
export function tapeOf(pieces: AsyncIterable<Buffer>): ByteReader {
  const source = pieces[Symbol.asyncIterator]()
  let piece: Buffer = Buffer.alloc(0)

  async function next(most: number): Promise<Buffer> {
    while (piece.length === 0) {
      const { value, done } = await source.next()
      if (done) return Buffer.alloc(0)
      piece = value
    }
    const taken = piece.subarray(0, most)
    piece = piece.subarray(taken.length)
    return taken
  }

  async function take(length: number): Promise<Buffer> {
    const first = await next(length)
    if (first.length === length || first.length === 0) return first
    const parts = [first]
    for (let missing = length - first.length; missing > 0; ) {
      const part = await next(missing)
      if (part.length === 0) break
      parts.push(part)
      missing -= part.length
    }
    return Buffer.concat(parts)
  }

  return { take, next }
}
