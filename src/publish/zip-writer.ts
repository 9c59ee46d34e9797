import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { crc32, createDeflateRaw } from 'node:zlib'
import { assertSpace } from '../disk/free-space.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'

/** One file to be packed: its name inside, and its bytes or where they are. */
export interface ZipMember {
  readonly name: string
  readonly content: Uint8Array | { readonly path: string; readonly bytes: number }
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

/**
 * Writes a zip into a new file, member by member, in bounded memory. Sizes stand in the local headers, so that
 * readers of streams understand it too. Whole and flushed when this returns.
 * @param reserve bytes that stay free on the disk (`store.reserve`); 0 for no watch
 * @throws ARCHIVE_UNSUPPORTED beyond 4 GiB or 65,535 members, which no client takes either; what the file system throws
 */
export async function writeZip(
  path: string,
  members: readonly ZipMember[],
  signal?: AbortSignal,
  reserve = 0,
): Promise<void> {
  // Before anything is read: zip64 is for what no client takes by default (limits.package, limits.entries).
  if (members.length >= 0xffff || members.some(isTooLarge)) throw tooLarge(path)
  const bytesOf = ({ content }: ZipMember) => ('path' in content ? content.bytes : content.length)
  // Packing may gain nothing.
  const whole = members.reduce((sum, member) => sum + bytesOf(member), 0)
  if (reserve > 0) assertSpace(dirname(path), whole, reserve)
  const file = await open(path, 'wx', 0o644)
  try {
    const written: Written[] = []
    let offset = 0
    for (const member of members) {
      const one = await writeMember(file, member, offset, signal)
      written.push(one)
      offset += headerOf(one).length + one.packed
      if (offset > most) throw tooLarge(path)
    }
    const directory = Buffer.concat(written.map(entryOf))
    const end = endOf(written.length, directory.length, offset)
    await file.write(Buffer.concat([directory, end]), 0, null, offset)
    // A member that was stored after all may have left longer, deflated bytes behind.
    await file.truncate(offset + directory.length + end.length)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function writeMember(
  file: FileHandle,
  { name, content }: ZipMember,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<Written> {
  const base = { name: Buffer.from(name), offset, crc: 0, packed: 0, bytes: 0 }
  const start = offset + headerOf({ ...base, method: deflate }).length
  const packed = await writeBody(file, content, deflate, start, signal)
  // Nothing gained, or so much that our own readers would take it for a bomb.
  const plain = packed.packed >= packed.bytes || isBomb(packed)
  const body = plain ? await writeBody(file, content, stored, start, signal) : packed
  const written: Written = { ...base, ...body, method: plain ? stored : deflate }
  await file.write(headerOf(written), 0, null, offset)
  return written
}

function isTooLarge({ content }: ZipMember): boolean {
  return ('path' in content ? content.bytes : content.length) > most
}

function isBomb({ packed, bytes }: { packed: number; bytes: number }): boolean {
  return bytes >= limits.ratioFrom && bytes / packed > limits.ratio / 2
}

async function writeBody(
  file: FileHandle,
  content: ZipMember['content'],
  method: 0 | 8,
  start: number,
  signal: AbortSignal | undefined,
): Promise<{ crc: number; packed: number; bytes: number }> {
  let crc = 0
  let bytes = 0
  let packed = 0
  const source = Readable.from(counted())
  async function* counted() {
    const pieces =
      'path' in content ? createReadStream(content.path, { highWaterMark: 1 << 20 }) : [Buffer.from(content)]
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      signal?.throwIfAborted()
      crc = crc32(piece, crc)
      bytes += piece.length
      yield piece
    }
  }
  const stream = method === deflate ? source.pipe(createDeflateRaw({ level: 6 })) : source
  // Errors do not travel along a pipe by themselves.
  source.on('error', (error) => stream.destroy(error))
  for await (const piece of stream as AsyncIterable<Buffer>) {
    await file.write(piece, 0, piece.length, start + packed)
    packed += piece.length
  }
  return { crc, packed, bytes }
}

function headerOf({ name, method, crc, packed, bytes }: Written): Buffer {
  const header = Buffer.alloc(30)
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
