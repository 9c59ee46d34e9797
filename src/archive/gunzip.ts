import { crc32 } from 'node:zlib'
import { DefsError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import { assertRatio } from './bomb.ts'
import type { Bytes } from './bytes.ts'
import { inflate } from './inflate.ts'
import type { Reading } from './reader.ts'

const trailerBytes = 8
const fixedBytes = 10

/**
 * The content of the one gzip member that fills the file from `start` on. Node's own gunzip takes further
 * members as more of the same and drops what follows them in silence; here both are refused.
 * @throws ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED, ARCHIVE_TRAILING, ARCHIVE_BOMB_RATIO
 */
export async function* gunzip(
  bytes: Bytes,
  start: number,
  reading: Pick<Reading, 'limits' | 'signal'>,
): AsyncGenerator<Buffer> {
  const from = await skipHeader(bytes, start)
  const end = bytes.size - trailerBytes
  const { body, used } = inflate(bytes, from, end, reading.signal)
  let sum = 0
  let size = 0
  for await (const piece of body) {
    sum = crc32(piece, sum)
    size += piece.length
    assertRatio('the archive', used(), size, reading.limits)
    yield piece
  }
  if (from + used() !== end) {
    throw new DefsError('ARCHIVE_TRAILING', 'bytes follow the packed archive: the package is refused')
  }
  const trailer = await bytes.read(end, trailerBytes)
  // The size is kept modulo 2^32.
  if (trailer.readUInt32LE(0) !== sum || trailer.readUInt32LE(4) !== size % 2 ** 32) {
    throw new DefsError('ARCHIVE_CORRUPT', 'the packed archive does not have its checksum: fetch it again')
  }
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
