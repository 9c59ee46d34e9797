import { isUtf8 } from 'node:buffer'
import { crc32 } from 'node:zlib'
import { type Entry, type ExtraField, getFileNameLowLevel, parseExtraFields } from 'yauzl'
import { DefsError } from '../error.ts'

/** A line of a zip file's directory, judged on its own. */
export interface ZipEntry {
  readonly name: string
  readonly rawName: Buffer
  readonly type: 'file' | 'folder'
  readonly flags: number
  readonly deflated: boolean
  readonly crc32: number
  readonly packed: number
  readonly unpacked: number
  readonly modified: Date | null
  /** Of its local header, as written in the archive. */
  readonly offset: number
  /** Bytes of this line in the directory. */
  readonly lineBytes: number
}

// Bit 0: encrypted. 6: strong encryption. 13: names hidden by directory encryption.
const encryptedFlags = 0x0001 | 0x0040 | 0x2000
const utf8Flag = 0x0800
// Bit 5: a patch of some other file, which no common tool applies.
const patchFlag = 0x0020
const unicodePathField = 0x7075

/**
 * Judges one entry by what the directory says of it.
 * @throws ARCHIVE_ENCRYPTED, ARCHIVE_UNSUPPORTED, ARCHIVE_HIDDEN, ARCHIVE_LINK, ARCHIVE_SPECIAL, ARCHIVE_CORRUPT
 */
export function zipEntryOf(entry: Entry): ZipEntry {
  const flags = entry.generalPurposeBitFlag
  const name = zipName(flags, entry.fileNameRaw, entry.extraFields)
  const refuse = (code: 'ARCHIVE_ENCRYPTED' | 'ARCHIVE_UNSUPPORTED' | 'ARCHIVE_HIDDEN', fault: string) =>
    new DefsError(code, `member ${JSON.stringify(name)} ${fault}: the package is refused`)
  if (isEncrypted(flags)) throw refuse('ARCHIVE_ENCRYPTED', 'is encrypted')
  if ((flags & patchFlag) !== 0) throw refuse('ARCHIVE_UNSUPPORTED', 'is a patch')
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    throw refuse('ARCHIVE_UNSUPPORTED', `is packed with method ${entry.compressionMethod}`)
  }
  if (entry.fileCommentLength > 0) throw refuse('ARCHIVE_HIDDEN', 'carries a comment')
  const type = typeOf(entry, name)
  if (type === 'folder' && entry.uncompressedSize > 0)
    throw refuse('ARCHIVE_HIDDEN', 'is a folder with content')
  return {
    name,
    rawName: entry.fileNameRaw,
    type,
    flags,
    deflated: entry.compressionMethod === 8,
    crc32: entry.crc32,
    packed: entry.compressedSize,
    unpacked: entry.uncompressedSize,
    modified: modifiedOf(entry),
    offset: entry.relativeOffsetOfLocalHeader,
    lineBytes: 46 + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength,
  }
}

// The old form has no time zone; taken for UTC it is at most a day off.
function modifiedOf(entry: Entry): Date | null {
  const date = entry.getLastModDate({ timezone: 'UTC' })
  return Number.isNaN(date.getTime()) ? null : date
}

/** Whether a member's flags announce any kind of encryption. */
export function isEncrypted(flags: number): boolean {
  return (flags & encryptedFlags) !== 0
}

// The upper half of the attributes is the mode of Unix, whatever system the writer claims to be.
function typeOf(entry: Entry, name: string): 'file' | 'folder' {
  const folder = name.endsWith('/')
  const mode = (entry.externalFileAttributes >>> 16) & 0xf000
  if (mode === 0xa000) {
    throw new DefsError('ARCHIVE_LINK', `member ${JSON.stringify(name)} is a link: the package is refused`)
  }
  if (mode !== 0 && mode !== 0x8000 && mode !== 0x4000) {
    throw new DefsError(
      'ARCHIVE_SPECIAL',
      `member ${JSON.stringify(name)} is a device, pipe or socket: the package is refused`,
    )
  }
  if (mode === 0 || folder === (mode === 0x4000)) return folder ? 'folder' : 'file'
  throw new DefsError(
    'ARCHIVE_CORRUPT',
    `member ${JSON.stringify(name)} is half file, half folder: the package is refused`,
  )
}

/**
 * The name of a member: UTF-8 where its flag or its bytes say so (Info-ZIP sets no flag), else code page 437.
 * A Unicode-path field must not name another file than that, or two programs would unpack two different sets.
 * @throws ARCHIVE_CORRUPT
 */
function zipName(flags: number, raw: Buffer, fields: readonly ExtraField[]): string {
  const plain = getFileNameLowLevel(isUtf8(raw) ? utf8Flag : flags, raw, [], true)
  for (const field of fields) {
    if (field.id !== unicodePathField) continue
    const other = field.data.subarray(5)
    const same = field.data.length > 5 && other.toString('utf8') === plain
    if (same && field.data.readUInt32LE(1) === crc32(raw)) continue
    throw new DefsError(
      'ARCHIVE_CORRUPT',
      `member ${JSON.stringify(plain)} has a second name: the package is refused`,
    )
  }
  return plain
}

/** The extra fields of a header. @throws ARCHIVE_CORRUPT when they are no list of fields */
export function extraFields(raw: Buffer): readonly ExtraField[] {
  try {
    return parseExtraFields(raw)
  } catch (error) {
    throw new DefsError('ARCHIVE_CORRUPT', 'extra fields of the archive are damaged: fetch it again', {
      cause: error,
    })
  }
}

/** Whether a local header's fields give its member the same name as the directory does. */
export function namedAlike(entry: ZipEntry, rawName: Buffer, fields: readonly ExtraField[]): boolean {
  if (!rawName.equals(entry.rawName)) return false
  return (
    fields.every((field) => field.id !== unicodePathField) ||
    zipName(entry.flags, rawName, fields) === entry.name
  )
}
