import { type FileHandle, open } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import type { FlushAhead } from '../../disk/flush-ahead.ts'
import { assertSpace } from '../../disk/free-space.ts'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { inOrder } from '../../thread/lanes.ts'
import { type Block, blocksOf, type Content, deflateBlock, lengthOf } from './deflate.ts'

/** A member of another zip, as it lies packed there; whoever names it has proved it. */
export interface PackedContent {
  readonly zip: string
  /** Where its packed bytes begin. */
  readonly from: number
  readonly packed: number
  readonly method: 0 | 8
  readonly crc: number
  /** Unpacked. */
  readonly bytes: number
}

/** One file to be packed: its name inside, and its bytes, where they are, or where they lie packed already. */
export interface ZipMember {
  readonly name: string
  readonly content: Content | PackedContent
}

interface Written {
  readonly name: Buffer
  readonly method: 0 | 8
  readonly crc: number
  readonly packed: number
  readonly bytes: number
  readonly offset: number
}

// 1 January 1980, midnight: the zero of zip. The same files make the same archive, whenever and wherever.
const dosTime = 0
const dosDate = 0x21
const most = 0xffff_ffff
const deflate = 8
const stored = 0
/** Names are UTF-8. */
const utf8Flag = 0x0800
/** A zip is copied from another in pieces of this size. Bytes. */
const pieceBytes = 1 << 20
/** Blocks that are deflated or wait at a time: one for each core that Node's own threads can use, one that is written. */
const ahead = Math.min(availableParallelism(), 4) + 1

/**
 * Writes a zip into a new file in bounded memory, deflated on all cores; what lies packed in another zip is copied as
 * it is. Sizes stand in the local headers, so that readers of streams understand it too. Whole when this
 * returns, and flushed unless others see to that.
 * @param reserve bytes that stay free on the disk (`store.reserve`); 0 for no watch
 * @param flushing flushes it while whoever called goes on
 * @returns where every member lies packed, by its name
 * @throws ARCHIVE_UNSUPPORTED beyond 4 GiB or 65,535 members, which no client takes either; what the file system throws
 */
export async function writeZip(
  path: string,
  members: readonly ZipMember[],
  signal?: AbortSignal,
  reserve = 0,
  flushing: FlushAhead | null = null,
): Promise<ReadonlyMap<string, PackedContent>> {
  // Before anything is read: zip64 is for what no client takes by default (limits.package, limits.entries).
  if (members.length >= 0xffff || members.some((member) => bytesOf(member) > most)) throw tooLarge(path)
  // Packing may gain nothing.
  const whole = members.reduce((sum, member) => sum + bytesOf(member), 0)
  if (reserve > 0) assertSpace(dirname(path), whole, reserve)
  const file = await open(path, 'wx', 0o644)
  try {
    const written: Written[] = []
    let offset = 0
    let packed = 0
    for await (const { member, data, end } of inOrder(piecesOf(members, signal), ahead, packPiece)) {
      const name = Buffer.from(member.name)
      await writeAll(file, data, offset + headerBytes + name.length + packed)
      packed += data.length
      if (end === null) continue
      const one = await finish(file, member, { name, offset, packed, ...end })
      written.push(one)
      offset += headerBytes + name.length + one.packed
      packed = 0
      if (offset > most) throw tooLarge(path)
    }
    const directory = Buffer.concat(written.map(entryOf))
    const end = endOf(written.length, directory.length, offset)
    await writeAll(file, Buffer.concat([directory, end]), offset)
    // A member that was stored after all may have left longer, deflated bytes behind.
    await file.truncate(offset + directory.length + end.length)
    if (flushing) flushing.add(path)
    else await file.sync()
    return new Map(members.map(({ name }, index) => [name, placeOf(path, written[index])]))
  } finally {
    await file.close()
  }
}

function bytesOf({ content }: ZipMember): number {
  return 'zip' in content ? content.bytes : lengthOf(content)
}

/** What is known of a member once all of it has been seen. */
type End = Pick<Written, 'method' | 'crc' | 'bytes'>

/** A piece of a member: to be deflated, or packed already. */
interface Piece {
  readonly member: ZipMember
  readonly plain: Block | null
  readonly data: Buffer
  /** Null for all pieces but the last. */
  readonly end: End | null
}

async function packPiece(piece: Piece): Promise<Piece> {
  return piece.plain === null ? piece : { ...piece, data: await deflateBlock(piece.plain) }
}

const nothing = Buffer.alloc(0)

async function* piecesOf(
  members: readonly ZipMember[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Piece> {
  for (const member of members) {
    const { content } = member
    for await (const piece of 'zip' in content ? copied(content) : read(content)) {
      signal?.throwIfAborted()
      yield { member, ...piece }
    }
  }
}

async function* read(content: Content): AsyncGenerator<Omit<Piece, 'member'>> {
  let crc = 0
  for await (const plain of blocksOf(content)) {
    crc = crc32(plain.bytes, crc)
    const end = plain.last ? ({ method: deflate, crc, bytes: lengthOf(content) } as const) : null
    yield { plain, data: nothing, end }
  }
}

async function* copied(content: PackedContent): AsyncGenerator<Omit<Piece, 'member'>> {
  const { zip, from, packed, method, crc, bytes } = content
  const file = await open(zip, 'r')
  try {
    for (let done = 0; done < packed; ) {
      const length = Math.min(pieceBytes, packed - done)
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, from + done)
      if (bytesRead === 0) throw new DefsError('STORE_IO', `${zip} became shorter: run again`, { path: zip })
      done += bytesRead
      yield { plain: null, data: buffer.subarray(0, bytesRead), end: null }
    }
    yield { plain: null, data: nothing, end: { method, crc, bytes } }
  } finally {
    await file.close()
  }
}

/** Puts the header before a member whose packed bytes are there, or stores it plainly where that is better. */
async function finish(file: FileHandle, { content }: ZipMember, packed: Written): Promise<Written> {
  let written = packed
  // Nothing gained, or so much that our own readers would take it for a bomb.
  if (packed.method === deflate && !('zip' in content) && (packed.packed >= packed.bytes || isBomb(packed))) {
    let position = packed.offset + headerBytes + packed.name.length
    for await (const { bytes } of blocksOf(content)) {
      await writeAll(file, bytes, position)
      position += bytes.length
    }
    written = { ...packed, method: stored, packed: packed.bytes }
  }
  await writeAll(file, headerOf(written), written.offset)
  return written
}

function isBomb({ packed, bytes }: { packed: number; bytes: number }): boolean {
  return bytes >= limits.ratioFrom && bytes / packed > limits.ratio / 2
}

function placeOf(zip: string, written: Written | undefined): PackedContent {
  if (written === undefined) throw new DefsError('BUG', `a member is missing from ${zip}`)
  const { name, offset, packed, method, crc, bytes } = written
  return { zip, from: offset + headerBytes + name.length, packed, method, crc, bytes }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}

const headerBytes = 30

function headerOf({ name, method, crc, packed, bytes }: Written): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt32LE(0x04034b50, 0)
  writeCommon(header, 4, { name, method, crc, packed, bytes })
  return Buffer.concat([header, name])
}

function entryOf(written: Written): Buffer {
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt16LE(20, 4)
  writeCommon(entry, 6, written)
  entry.writeUInt32LE(written.offset, 42)
  return Buffer.concat([entry, written.name])
}

function writeCommon(
  into: Buffer,
  at: number,
  { name, method, crc, packed, bytes }: Omit<Written, 'offset'>,
): void {
  const ascii = name.every((byte) => byte < 0x80)
  into.writeUInt16LE(20, at)
  into.writeUInt16LE(ascii ? 0 : utf8Flag, at + 2)
  into.writeUInt16LE(method, at + 4)
  into.writeUInt16LE(dosTime, at + 6)
  into.writeUInt16LE(dosDate, at + 8)
  into.writeUInt32LE(crc, at + 10)
  into.writeUInt32LE(packed, at + 14)
  into.writeUInt32LE(bytes, at + 18)
  into.writeUInt16LE(name.length, at + 22)
}

function endOf(members: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(members, 8)
  end.writeUInt16LE(members, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return end
}

function tooLarge(path: string): DefsError {
  return new DefsError(
    'ARCHIVE_UNSUPPORTED',
    `${path} would be more than a zip holds without zip64: 4 GiB, or 65,534 files`,
    { path },
  )
}
