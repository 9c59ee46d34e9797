import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { Cursor } from './cursor.ts'

/** Flags of Win_Indicator (RFC 3284, section 4.2); the last one is xdelta3's. */
export const fromSource = 0x01
const fromTarget = 0x02
const withAdler32 = 0x04

/** The most that {@link readWindowStart} reads: a flag and three integers. Bytes. */
export const mostWindowStartBytes = 31

/** What stands before the delta of a window. */
export interface WindowStart {
  /** Which file the segment is of; null for a window that copies from itself alone. */
  readonly from: 'source' | 'target' | null
  readonly segmentStart: number
  readonly segmentLength: number
  readonly checksummed: boolean
  /** Bytes of the delta that follows. */
  readonly deltaLength: number
  /** Bytes that were read. */
  readonly length: number
}

/** A window, its sections laid open. */
export interface WindowBody {
  readonly targetLength: number
  readonly adler32: number | null
  readonly data: Cursor
  readonly instructions: Cursor
  readonly addresses: Cursor
}

/** Reads the start of a window. @throws ARCHIVE_TRUNCATED, ARCHIVE_CORRUPT */
export function readWindowStart(bytes: Buffer): WindowStart {
  const cursor = new Cursor(bytes, 'ARCHIVE_TRUNCATED')
  const flags = cursor.byte()
  const segment = flags & (fromSource | fromTarget)
  if (segment === (fromSource | fromTarget) || flags > (fromSource | fromTarget | withAdler32)) {
    throw new DefsError('ARCHIVE_CORRUPT', 'a window of a patch has impossible flags')
  }
  const segmentLength = segment === 0 ? 0 : cursor.varint(Number.MAX_SAFE_INTEGER)
  const segmentStart = segment === 0 ? 0 : cursor.varint(Number.MAX_SAFE_INTEGER)
  const deltaLength = cursor.varint(limits.patchDelta)
  return {
    from: segment === fromSource ? 'source' : segment === fromTarget ? 'target' : null,
    segmentStart,
    segmentLength,
    checksummed: (flags & withAdler32) !== 0,
    deltaLength,
    length: cursor.at,
  }
}

/** Reads the delta of a window. @throws ARCHIVE_CORRUPT, ARCHIVE_UNSUPPORTED when its sections are compressed */
export function readWindowBody(delta: Buffer, checksummed: boolean): WindowBody {
  const cursor = new Cursor(delta)
  const targetLength = cursor.varint(limits.patchWindow)
  if (cursor.byte() !== 0) {
    throw new DefsError('ARCHIVE_UNSUPPORTED', 'a patch is compressed inside; make it with `xdelta3 -S none`')
  }
  const dataLength = cursor.varint(delta.length)
  const instructionsLength = cursor.varint(delta.length)
  const addressesLength = cursor.varint(delta.length)
  const adler32 = checksummed ? cursor.take(4).readUInt32BE() : null
  const data = new Cursor(cursor.take(dataLength))
  const instructions = new Cursor(cursor.take(instructionsLength))
  const addresses = new Cursor(cursor.take(addressesLength))
  if (cursor.left > 0)
    throw new DefsError('ARCHIVE_CORRUPT', 'a window of a patch is longer than its sections')
  return { targetLength, adler32, data, instructions, addresses }
}
