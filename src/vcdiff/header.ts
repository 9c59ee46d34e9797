import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { Cursor } from './cursor.ts'

/** "VCD" with the high bits set, and version 0 (RFC 3284, section 4.1). */
const magic = Buffer.from([0xd6, 0xc3, 0xc4, 0x00])
const secondaryCompressor = 0x01
const customTable = 0x02
/** Not in the RFC: xdelta3 keeps the names of the two files here. */
const applicationHeader = 0x04

/** The most that {@link readHeader} reads. Bytes. */
export const mostHeaderBytes = limits.patchHeader + 32

/** What we write before the first window: nothing optional. */
export const plainHeader: Buffer = Buffer.concat([magic, Buffer.from([0])])

/**
 * Reads the header at the start of `bytes` and returns its length. A compressor may be named: xdelta3 names one
 * even where no window makes use of it, and a window that does is refused.
 * @throws ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED, ARCHIVE_UNSUPPORTED
 */
export function readHeader(bytes: Buffer): number {
  const cursor = new Cursor(bytes, 'ARCHIVE_TRUNCATED')
  const start = bytes.subarray(0, magic.length)
  if (!start.equals(magic.subarray(0, start.length))) {
    throw new DefsError('ARCHIVE_CORRUPT', 'not a VCDIFF patch of version 0')
  }
  cursor.take(magic.length)
  const indicator = cursor.byte()
  if ((indicator & customTable) !== 0) {
    throw new DefsError('ARCHIVE_UNSUPPORTED', 'a patch brings a code table of its own; make it without')
  }
  if ((indicator & ~(secondaryCompressor | applicationHeader)) !== 0) {
    throw new DefsError('ARCHIVE_CORRUPT', 'a patch has a header with unknown flags')
  }
  if ((indicator & secondaryCompressor) !== 0) cursor.byte()
  if ((indicator & applicationHeader) !== 0) cursor.take(cursor.varint(limits.patchHeader))
  return cursor.at
}
