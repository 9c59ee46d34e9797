import { Header } from 'tar/header'
import { DefsError } from '../error.ts'

/** Headers and the padding of members come in blocks of so many bytes. */
export const tarBlock = 512

/** What one header block of a tar file says. */
export interface TarHeader {
  readonly kind: 'file' | 'folder' | 'link' | 'special' | 'pax' | 'pax-global' | 'long-name' | 'long-link'
  readonly name: string
  readonly bytes: number
  readonly modified: Date | null
  /** What a special member is, with what to do about it; null for what has no name of its own. */
  readonly habit: string | null
}

const kinds: Readonly<Record<string, TarHeader['kind']>> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Directory: 'folder',
  Link: 'link',
  SymbolicLink: 'link',
  ExtendedHeader: 'pax',
  OldExtendedHeader: 'pax',
  GlobalExtendedHeader: 'pax-global',
  NextFileHasLongPath: 'long-name',
  OldGnuLongPath: 'long-name',
  NextFileHasLongLinkpath: 'long-link',
}

// What tars of honest people hold beside files and folders, and how to do without.
const habits: Readonly<Record<string, string>> = {
  TapeVolumeHeader: 'is the label of a volume; pack it without `tar -V` (--label)',
  SparseFile: 'is a sparse file; pack it without `tar -S` (--sparse)',
  ContinuationFile: 'is the rest of a file on another volume; pack it without `tar -M` (--multi-volume)',
  GNUDumpDir: 'is the list of an incremental backup; pack it without `tar -g` (--listed-incremental)',
}

/** True for a block of zeros; two of them end a tar file. */
export function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0)
}

/** Whether a block can be the first of a tar file: it has the magic of ustar, or a checksum as all ages had. */
export function looksLikeTar(block: Buffer): boolean {
  if (block.length < tarBlock || isZero(block)) return false
  if (block.toString('latin1', 257, 262) === 'ustar') return true
  try {
    return new Header(block).cksumValid
  } catch {
    return false
  }
}

/**
 * Reads a header block. Every type that is no file, folder, link or description of one (devices, pipes,
 * sparse files, volume labels, unknown letters) is `special`.
 * @throws ARCHIVE_CORRUPT
 */
export function readTarHeader(block: Buffer): TarHeader {
  const header = decode(block)
  const kind = kinds[header.type] ?? 'special'
  const { path = '', size, mtime = null } = header
  const damaged =
    !header.cksumValid ||
    // GNU tar leaves the size of a label blank, which is no damage.
    (kind !== 'link' && kind !== 'special' && size === undefined) ||
    (kind === 'file' && Boolean(header.linkpath)) ||
    // The decoder takes a folder's size for nothing, other programs skip so many bytes.
    (kind === 'folder' && !/^[0 \0]*$/.test(block.toString('latin1', 124, 136)))
  const habit = habits[header.type] ?? null
  if (!damaged) return { kind, name: path, bytes: size ?? 0, modified: mtime, habit }
  throw new DefsError(
    'ARCHIVE_CORRUPT',
    `a header of the archive is damaged near ${JSON.stringify(path)}: fetch it again`,
  )
}

function decode(block: Buffer): Header {
  try {
    return new Header(block)
  } catch (error) {
    throw new DefsError('ARCHIVE_CORRUPT', 'a header of the archive is damaged: fetch it again', {
      cause: error,
    })
  }
}

/** What an extended header changes about the member that follows it. */
export interface Pax {
  readonly name?: string
  readonly bytes?: number
  readonly modified?: Date
}

/**
 * Reads the records of a pax header, `<length> <key>=<value>\n` each, to the last byte: a reader that skips
 * what it does not understand can be made to see other members than its neighbour.
 *
 * @param global for a header that counts for all that follow; it may comment, not rename or resize
 * @throws ARCHIVE_CORRUPT; ARCHIVE_SPECIAL for the sparse files of GNU and Solaris tar; ARCHIVE_LINK
 */
export function readPax(body: Buffer, global: boolean): Pax {
  const pax: { name?: string; bytes?: number; modified?: Date } = {}
  for (let at = 0; at < body.length; ) {
    const { key, value, end } = recordAt(body, at)
    at = end
    if (key.startsWith('GNU.sparse.') || key === 'SUN.holesdata') {
      throw new DefsError('ARCHIVE_SPECIAL', 'the archive holds a sparse file: the package is refused')
    }
    if (key === 'linkpath') throw new DefsError('ARCHIVE_LINK', `the archive holds a link to ${value}`)
    // Seconds, perhaps with a fraction; a time for all members says nothing of one.
    if (key === 'mtime' && !global && /^\d{1,11}(\.\d+)?$/.test(value))
      pax.modified = new Date(Number(value) * 1000)
    if (key !== 'path' && key !== 'size') continue
    if (global) throw damaged(`one ${key} for all members`)
    if (key === 'path') pax.name = value
    if (key === 'size') pax.bytes = sizeOf(value)
  }
  return pax
}

function recordAt(body: Buffer, at: number): { key: string; value: string; end: number } {
  const space = body.indexOf(0x20, at)
  const digits = space < 0 ? '' : body.toString('latin1', at, space)
  if (!/^[1-9]\d{0,6}$/.test(digits)) throw damaged('a record without length')
  const end = at + Number(digits)
  const equals = body.indexOf(0x3d, space)
  if (body[end - 1] !== 0x0a || equals < 0 || equals >= end) throw damaged('a broken record')
  return {
    key: body.toString('utf8', space + 1, equals),
    value: body.toString('utf8', equals + 1, end - 1),
    end,
  }
}

function sizeOf(value: string): number {
  const size = Number(value)
  if (/^\d+$/.test(value) && Number.isSafeInteger(size)) return size
  throw damaged('a size that is no number')
}

function damaged(fault: string): DefsError {
  return new DefsError(
    'ARCHIVE_CORRUPT',
    `an extended header of the archive has ${fault}: the package is refused`,
  )
}
