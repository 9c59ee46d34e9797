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
  /** Where the archive ends, its comment included; what follows is accounted for. */
  readonly fileEnd: number
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
 * Finds the end records. They must be the last of the file, but for a comment of plain text and the certificates that a
 * signed program has behind everything else: whatever follows or hides there is data that other readers might take for
 * the archive.
 * @throws ARCHIVE_TRUNCATED, ARCHIVE_TRAILING, ARCHIVE_HIDDEN, ARCHIVE_CORRUPT, ARCHIVE_UNSUPPORTED
 */
export async function findZipEnd(bytes: Bytes): Promise<ZipEnd> {
  const place = await endRecordAt(bytes)
  if (place === null) throw await misplacedEnd(bytes)
  const { at, fileEnd } = place
  const end = await bytes.read(at, endBytes)
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
  return { entries: stated.entries, directoryStart, directoryEnd: stated.at, base, fileEnd }
}

/** Where the end record begins and the archive ends; null when neither is where it belongs. */
async function endRecordAt(bytes: Bytes): Promise<{ at: number; fileEnd: number } | null> {
  const certificates = await certificatesAt(bytes)
  // They begin on the next multiple of eight.
  const padding = certificates === null ? 0 : 7
  const limit = certificates ?? bytes.size
  const window = Math.min(limit, endBytes + limits.zipComment + padding)
  const tail = await bytes.read(limit - window, window)
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (!tail.subarray(at, at + 4).equals(endSignature)) continue
    const commentEnd = at + endBytes + tail.readUInt16LE(at + 20)
    const rest = tail.subarray(commentEnd)
    if (commentEnd > tail.length || rest.length > padding || rest.some((byte) => byte !== 0)) continue
    if (!isPlainComment(tail.subarray(at + endBytes, commentEnd))) return null
    return { at: limit - window + at, fileEnd: limit - window + commentEnd }
  }
  return null
}

/**
 * Rule: a comment is plain text, as the commit that `git archive` notes there. Stops: a second archive inside it, which
 * readers that look for the end from elsewhere would take.
 */
function isPlainComment(comment: Buffer): boolean {
  const text = comment.toString('latin1')
  return /^[\t\r\n\x20-\x7e]*$/.test(text) && !text.includes('PK')
}

/**
 * Where the certificates of a signed Windows program begin (Authenticode): its header says so, and they reach exactly to
 * the end of the file, without another archive in them. Null for anything else.
 */
async function certificatesAt(bytes: Bytes): Promise<number | null> {
  const head = await bytes.read(0, Math.min(bytes.size, 64))
  if (head.length < 64 || head.toString('latin1', 0, 2) !== 'MZ') return null
  const header = await bytes.read(head.readUInt32LE(0x3c), programHeader).catch(() => null)
  if (!header || header.length < programHeader || header.toString('latin1', 0, 4) !== 'PE\0\0') return null
  // The number of directories stands before them, and the fifth is the certificates (PE format, optional header).
  const directories = header.readUInt16LE(24) === 0x20b ? 24 + 112 : 24 + 96
  if (header.readUInt32LE(directories - 4) < 5) return null
  const offset = header.readUInt32LE(directories + 32)
  const size = header.readUInt32LE(directories + 36)
  if (offset === 0 || size === 0 || size > limits.programSignature || offset + size !== bytes.size)
    return null
  // Readers that look for the end of a zip from the end of the file would take an archive in there.
  return (await bytes.read(offset, size)).includes(endSignature) ? null : offset
}

const programHeader = 24 + 112 + 40

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
    return new DefsError(
      'ARCHIVE_HIDDEN',
      'the archive carries a comment that is no short plain text: take the tar.gz, or ask for a zip without it',
    )
  }
  if (reach > window) return new DefsError('ARCHIVE_TRUNCATED', 'the archive has no end: fetch it again')
  if (tail.subarray(reach).every((byte) => byte === 0)) {
    const text =
      'zeros follow the end of the archive, as bsdtar writes them into a pipe: have it written to a file'
    return new DefsError('ARCHIVE_TRAILING', text)
  }
  return new DefsError('ARCHIVE_TRAILING', 'bytes follow the end of the archive: the package is refused')
}
