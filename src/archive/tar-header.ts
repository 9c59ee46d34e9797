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
    (kind !== 'link' && size === undefined) ||
    (kind === 'file' && Boolean(header.linkpath)) ||
    // The decoder takes a folder's size for nothing, other programs skip so many bytes.
    (kind === 'folder' && !/^[0 \0]*$/.test(block.toString('latin1', 124, 136)))
  if (!damaged) return { kind, name: path, bytes: size ?? 0, modified: mtime }
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
