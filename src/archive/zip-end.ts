import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import type { Bytes } from './bytes.ts'

const endSignature = Buffer.from('PK\x05\x06', 'latin1')
const endBytes = 22
const locatorSignature = 0x07064b50
const locatorBytes = 20
const end64Signature = 0x06064b50
const end64Bytes = 56

/** What the last records of a zip file say; offsets count from the start of the file. */
export interface ZipEnd {
  readonly entries: number
  readonly directoryStart: number
  readonly directoryEnd: number
  /** What to add to the offsets written in the archive: the length of a stub that they do not count. */
  readonly base: number
}

interface Stated {
  readonly entries: number
  readonly size: number
  readonly offset: number
  /** Where the first of the end records begins. */
  readonly at: number
  /** Where the archive says that this is, when it says so. */
  readonly toldAt?: number
}

/**
 * Finds the end records. They must be the last bytes of the file, without a comment: whatever follows or
 * hides there is data that other readers might take for the archive.
 * @throws ARCHIVE_TRUNCATED, ARCHIVE_TRAILING, ARCHIVE_HIDDEN, ARCHIVE_CORRUPT, ARCHIVE_UNSUPPORTED
 */
export async function findZipEnd(bytes: Bytes): Promise<ZipEnd> {
  if (bytes.size < endBytes) throw await misplacedEnd(bytes)
  const at = bytes.size - endBytes
  const end = await bytes.read(at, endBytes)
  if (!end.subarray(0, 4).equals(endSignature) || end.readUInt16LE(20) !== 0) throw await misplacedEnd(bytes)
  const plain: Stated = {
    entries: end.readUInt16LE(10),
    size: end.readUInt32LE(12),
    offset: end.readUInt32LE(16),
    at,
  }
  const stated = (await readEnd64(bytes, plain)) ?? plain
  if (end.readUInt16LE(4) !== 0 || end.readUInt16LE(6) !== 0) throw severalDisks()
  if (end.readUInt16LE(8) !== plain.entries) throw severalDisks()
  const directoryStart = stated.at - stated.size
  const base = directoryStart - stated.offset
  // yauzl goes where the locator points: that must be here.
  const misled = stated.toldAt !== undefined && stated.toldAt + base !== stated.at
  if (directoryStart < 0 || base < 0 || misled) {
    throw new DefsError('ARCHIVE_CORRUPT', 'the directory of the archive lies outside of it: fetch it again')
  }
  return { entries: stated.entries, directoryStart, directoryEnd: stated.at, base }
}

async function readEnd64(bytes: Bytes, plain: Stated): Promise<Stated | undefined> {
  if (plain.at < locatorBytes + end64Bytes) return undefined
  const locator = await bytes.read(plain.at - locatorBytes, locatorBytes)
  if (locator.readUInt32LE(0) !== locatorSignature) return undefined
  const at = plain.at - locatorBytes - end64Bytes
  const end = await bytes.read(at, end64Bytes)
  // A longer record would have room for data that nobody looks at.
  if (end.readUInt32LE(0) !== end64Signature || end.readBigUInt64LE(4) !== BigInt(end64Bytes - 12)) {
    throw new DefsError(
      'ARCHIVE_HIDDEN',
      'unknown data before the end of the archive: the package is refused',
    )
  }
  if (end.readUInt32LE(16) !== 0 || end.readUInt32LE(20) !== 0) throw severalDisks()
  if (end.readBigUInt64LE(24) !== end.readBigUInt64LE(32)) throw severalDisks()
  const stated: Stated = {
    entries: Number(end.readBigUInt64LE(32)),
    size: Number(end.readBigUInt64LE(40)),
    offset: Number(end.readBigUInt64LE(48)),
    at,
    toldAt: Number(locator.readBigUInt64LE(8)),
  }
  // Readers differ in which of the two records they believe, so both must say the same.
  const agree =
    matches(plain.entries, 0xffff, stated.entries) &&
    matches(plain.size, 0xffffffff, stated.size) &&
    matches(plain.offset, 0xffffffff, stated.offset)
  if (agree) return stated
  throw new DefsError(
    'ARCHIVE_CORRUPT',
    'the two end records of the archive disagree: the package is refused',
  )
}

function matches(short: number, seeOther: number, long: number): boolean {
  return short === seeOther || short === long
}

function severalDisks(): DefsError {
  return new DefsError('ARCHIVE_UNSUPPORTED', 'the archive is one part of several: publish it as one file')
}

/** Why there is no end record where it belongs. */
async function misplacedEnd(bytes: Bytes): Promise<DefsError> {
  const window = Math.min(bytes.size, limits.stub)
  const tail = await bytes.read(bytes.size - window, window)
  let reach = Number.POSITIVE_INFINITY
  for (let found = tail.indexOf(endSignature); found >= 0; found = tail.indexOf(endSignature, found + 1)) {
    if (found + endBytes > window) break
    reach = found + endBytes + tail.readUInt16LE(found + 20)
    if (reach !== window) continue
    return new DefsError('ARCHIVE_HIDDEN', 'the archive carries a comment: the package is refused')
  }
  if (reach > window) return new DefsError('ARCHIVE_TRUNCATED', 'the archive has no end: fetch it again')
  return new DefsError('ARCHIVE_TRAILING', 'bytes follow the end of the archive: the package is refused')
}
