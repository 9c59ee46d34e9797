import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib'
import { DefsError, isDefsError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import { stopIfAborted } from '../thread/lanes.ts'
import type { Bytes } from './bytes.ts'
import type { ArchiveLimits, MemberReading } from './reader.ts'

/** Half of it costs a tenth more of the time of inflating. Bytes. */
const pieceBytes = 512 * 1024
/** The first one: of what is packed in many members each begins anew. Bytes. */
const firstPieceBytes = 64 * 1024
/** What zlib wants at the least. Bytes. */
const leastPieceBytes = 64

/** The stored bytes from `from` up to `to`, in pieces that become larger. */
export async function* slices(
  bytes: Bytes,
  from: number,
  to: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let length = firstPieceBytes
  for (let position = from; position < to; ) {
    stopIfAborted(signal, 'reading a package')
    const piece = await bytes.read(position, Math.min(length, to - position))
    yield piece
    position += piece.length
    length = Math.min(2 * length, pieceBytes)
  }
}

/** A deflate stream being read. */
export interface Inflation {
  readonly body: AsyncIterable<Buffer>
  /** Packed bytes used so far; once the body has ended, where the deflate stream ended. */
  readonly used: () => number
}

/**
 * Inflates the raw deflate stream that begins at `from` and may not reach past `to`.
 * @param size announced, so that a small one does not take the memory and time of a large one. Bytes
 * The body throws ARCHIVE_CORRUPT for damaged data, ARCHIVE_TRUNCATED when `to` comes first.
 */
export function inflate(
  bytes: Bytes,
  from: number,
  to: number,
  signal: AbortSignal,
  size = pieceBytes,
): Inflation {
  const small = size <= bounds.smallFile && to - from <= bounds.smallFile
  return small ? inflateNow(bytes, from, to, signal, size) : inflateAhead(bytes, from, to, signal, size)
}

/** By another thread, while this one looks at what came before. */
function inflateAhead(bytes: Bytes, from: number, to: number, signal: AbortSignal, size: number): Inflation {
  const stream = createInflateRaw({ chunkSize: Math.max(leastPieceBytes, Math.min(size, pieceBytes)) })
  async function* body(): AsyncGenerator<Buffer> {
    // Its failure reaches the loop below through the stream itself.
    const pumped = pipeline(Readable.from(slices(bytes, from, to, signal)), stream).catch(() => {})
    try {
      for await (const piece of stream) yield piece
    } catch (error) {
      throw inflateError(error)
    } finally {
      stream.destroy()
      await pumped
    }
  }
  return { body: body(), used: () => stream.bytesWritten }
}

/** At once, which takes a tenth of the time that a stream takes to be made. */
function inflateNow(bytes: Bytes, from: number, to: number, signal: AbortSignal, size: number): Inflation {
  let used = 0
  async function* body(): AsyncGenerator<Buffer> {
    stopIfAborted(signal, 'reading a package')
    const packed = await bytes.read(from, to - from)
    try {
      // With room for a byte more than announced, which whoever reads it refuses.
      const options = {
        info: true,
        maxOutputLength: size + 1,
        chunkSize: Math.max(leastPieceBytes, size + 1),
      }
      const { buffer, engine } = inflateRawSync(packed, options) as unknown as Inflated
      used = engine.bytesWritten
      if (buffer.length > 0) yield buffer
    } catch (error) {
      throw inflateError(error)
    }
  }
  return { body: body(), used: () => used }
}

/** What zlib gives back when asked for all it knows. */
interface Inflated {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

function inflateError(error: unknown): DefsError {
  if (isDefsError(error)) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const fault = code === 'ERR_BUFFER_TOO_LARGE' ? 'is longer than announced' : 'is damaged'
  return code === 'Z_BUF_ERROR'
    ? new DefsError('ARCHIVE_TRUNCATED', 'packed data of the archive ends too early: fetch it again', {
        cause: error,
      })
    : new DefsError('ARCHIVE_CORRUPT', `packed data of the archive ${fault}: fetch it again`, {
        cause: error,
      })
}

const trailerBytes = 8
const fixedBytes = 10

/**
 * The content of the gzip members that fill the file from `start` on, one after the other as RFC 1952 section 2.2 has it.
 * Node's own gunzip drops what follows the last of them in silence; here it is refused.
 * @throws ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED, ARCHIVE_TRAILING, ARCHIVE_BOMB_RATIO, ARCHIVE_TOO_MANY
 */
export async function* gunzip(
  bytes: Bytes,
  start: number,
  reading: Pick<MemberReading, 'limits' | 'signal'>,
): AsyncGenerator<Buffer> {
  let whole = 0
  let member = start
  for (let count = 0; member < bytes.size; count += 1) {
    if (count === bounds.gzipMembers) throw tooManyMembers()
    const from = await skipHeader(bytes, member)
    const end = bytes.size - trailerBytes
    const { body, used } = inflate(bytes, from, end, reading.signal)
    let sum = 0
    let size = 0
    for await (const piece of body) {
      sum = crc32(piece, sum)
      size += piece.length
      assertRatio('the archive', from + used() - start, whole + size, reading.limits)
      yield piece
    }
    whole += size
    member = from + used() + trailerBytes
    const trailer = await bytes.read(from + used(), trailerBytes)
    const further = await bytes.read(member, Math.min(gzipMark.length, bytes.size - member))
    if (further.length > 0 && !further.equals(gzipMark))
      throw new DefsError('ARCHIVE_TRAILING', 'bytes follow the packed archive: the package is refused')
    // The size is kept modulo 2^32.
    if (trailer.readUInt32LE(0) !== sum || trailer.readUInt32LE(4) !== size % 2 ** 32)
      throw new DefsError('ARCHIVE_CORRUPT', 'the packed archive does not have its checksum: fetch it again')
  }
}

/** How each member begins: its mark, and deflate as the method. */
const gzipMark = Buffer.from([0x1f, 0x8b, 0x08])

function tooManyMembers(): DefsError {
  const text = `the archive is packed in more than ${bounds.gzipMembers} pieces: have it packed as one`
  return new DefsError('ARCHIVE_TOO_MANY', text)
}

/** Where the packed data begins: after a header with optional extra field, name, comment and checksum. */
async function skipHeader(bytes: Bytes, start: number): Promise<number> {
  const header = await bytes.read(start, Math.min(bytes.size - start, fixedBytes + bounds.description))
  const flags = header[3] ?? 0xff
  // Bits 5 to 7 are reserved: what they would mean is unknown.
  if (header.length < fixedBytes + trailerBytes || (flags & 0xe0) !== 0) throw badHeader()
  let at = fixedBytes
  if ((flags & 0x04) !== 0) at += 2 + (header.length >= at + 2 ? header.readUInt16LE(at) : header.length)
  for (const text of [0x08, 0x10]) {
    if ((flags & text) === 0) continue
    const zero = header.indexOf(0, at)
    if (zero < 0) throw badHeader()
    at = zero + 1
  }
  if ((flags & 0x02) !== 0) at += 2
  if (at > header.length) throw badHeader()
  return start + at
}

function badHeader(): DefsError {
  return new DefsError('ARCHIVE_CORRUPT', 'the gzip header of the archive is damaged: fetch it again')
}

/** @throws ARCHIVE_BOMB_RATIO when so many bytes from so few are no honest compression */
export function assertRatio(name: string, packed: number, unpacked: number, limits: ArchiveLimits): void {
  if (unpacked < (limits.ratioFrom ?? bounds.ratioFrom) || unpacked <= packed * limits.ratio) return
  throw new DefsError(
    'ARCHIVE_BOMB_RATIO',
    `${JSON.stringify(name)} unpacks to more than ${limits.ratio} times its size: the package is refused`,
  )
}
