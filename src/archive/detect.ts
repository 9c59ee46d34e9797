import { stat } from 'node:fs/promises'
import { DefsError, storeError } from '../error.ts'
import { limits } from '../limits.ts'
import { isWebPage } from '../text/web-page.ts'
import { type Bytes, withFileBytes } from './bytes.ts'
import { gunzip } from './inflate.ts'
import type { Reader } from './reader.ts'
import { looksLikeTar, tarBlock } from './tar-header.ts'
import { readTarStream } from './tar-stream.ts'

/** The kinds of package that are read. */
export type ArchiveKind = 'zip' | 'exe' | 'tar' | 'tar-gz' | 'sh' | 'folder'

const latin = (text: string) => Buffer.from(text, 'latin1')

const zipMagic = [latin('PK\x03\x04'), latin('PK\x05\x06')] as const
const zipEnd = latin('PK\x05\x06')

// Recognised to be refused with a clear error; each is a real packer's habit.
const unsupported: readonly [name: string, magic: Buffer][] = [
  ['7z', latin('7z\xbc\xaf\x27\x1c')],
  ['cab', latin('MSCF\0\0\0\0')],
  ['rar', latin('Rar!\x1a\x07')],
  ['xz', latin('\xfd7zXZ\0')],
  ['zstd', latin('\x28\xb5\x2f\xfd')],
  ['bzip2', latin('BZh')],
  ['lzip', latin('LZIP')],
  // Its third byte as compress writes it unless told otherwise: two bytes would be found in any packed data.
  ['compress', latin('\x1f\x9d\x90')],
  ['split zip', latin('PK\x07\x08')],
]

/** The kind of the package at a path, judged by its content, never by its name. @throws as `recogniseBytes` */
export async function detect(path: string): Promise<ArchiveKind> {
  const stats = await stat(path).catch((error: unknown) => {
    throw storeError(error, `reading ${path}`)
  })
  if (stats.isDirectory()) return 'folder'
  // Opening a pipe would wait for somebody to write to it.
  if (!stats.isFile()) throw unknown()
  return withFileBytes(path, recogniseBytes)
}

/**
 * The kind of a package by its first bytes and, for programs, its last ones.
 * @throws FETCH_HTML for a web page; ARCHIVE_UNSUPPORTED for known kinds that are not read; ARCHIVE_UNKNOWN
 */
export async function recogniseBytes(bytes: Bytes): Promise<Exclude<ArchiveKind, 'folder'>> {
  const head = await bytes.read(0, Math.min(bytes.size, 4096))
  if (zipMagic.some((magic) => startsWith(head, magic))) return 'zip'
  // Tar has its magic in the middle and can begin with the letters of any other kind.
  if (looksLikeTar(head.subarray(0, tarBlock))) return 'tar'
  if (startsWith(head, latin('\x1f\x8b\x08'))) return 'tar-gz'
  const other = unsupported.find(([, magic]) => startsWith(head, magic))
  if (other) throw notRead(other[0])
  if (startsWith(head, latin('MZ'))) return recogniseProgram(bytes)
  // unzipsfx, 7z -sfx and the like for Unix: nothing says where such a program ends and its archive begins.
  if (startsWith(head, latin('\x7fELF'))) throw notRead('self-extracting ELF')
  if (startsWith(head, latin('#!'))) {
    if ((await endOfScript(bytes)) !== undefined) return 'sh'
    throw await unreadScript(bytes)
  }
  if (isWebPage(head)) {
    throw new DefsError(
      'FETCH_HTML',
      'a web page came instead of a package: check the address, and the proxy or portal',
    )
  }
  throw unknown()
}

async function recogniseProgram(bytes: Bytes): Promise<'exe'> {
  const last = Math.min(bytes.size, 0xffff + 22)
  const tail = await bytes.read(bytes.size - last, last)
  if (tail.includes(zipEnd)) return 'exe'
  // No zip ends here; one that begins was cut off, which its reader says.
  const head = await bytes.read(0, Math.min(bytes.size, limits.stub))
  const other = unsupported.slice(0, 3).find(([, magic]) => head.includes(magic))
  if (other) throw notRead(`self-extracting ${other[0]}`)
  if (head.includes(zipMagic[0])) return 'exe'
  throw unknown()
}

function startsWith(head: Buffer, magic: Buffer): boolean {
  return head.subarray(0, magic.length).equals(magic)
}

function notRead(kind: string): DefsError {
  return new DefsError(
    'ARCHIVE_UNSUPPORTED',
    `the package is a ${kind} archive: have it published as zip or tar.gz`,
  )
}

function unknown(): DefsError {
  return new DefsError('ARCHIVE_UNKNOWN', 'the file is no package of a known kind: check the address')
}

// What makeself puts behind its script by --bzip2, --xz, --zstd and the like.
const carried = unsupported.filter(([name]) => /^(xz|zstd|bzip2|lzip|compress)$/.test(name))

/** A script without a gzip archive: a self-extractor that was packed otherwise, or no package at all. */
async function unreadScript(bytes: Bytes): Promise<DefsError> {
  const head = await bytes.read(0, Math.min(bytes.size, limits.stub))
  const other = carried.find(([, magic]) => head.includes(Buffer.concat([latin('\n'), magic])))
  if (!other && !/\b(makeself|self-extract|skip=)/i.test(head.toString('latin1', 0, 1 << 16)))
    return unknown()
  const how = other ? `with ${other[0]}` : 'without gzip'
  return new DefsError(
    'ARCHIVE_UNSUPPORTED',
    `the package is a self-extracting script packed ${how}: have it packed with gzip (makeself --gzip), or as tar.gz`,
  )
}

// A line that begins with the magic of gzip and its one method.
const lineStart = Buffer.from([0x0a, 0x1f, 0x8b, 0x08])

/** Self-extracting shell scripts: a gzip tar after a script, which is never run. */
export const sh: Reader = {
  read: (path, reading) =>
    withFileBytes(path, async (bytes) => {
      const start = await endOfScript(bytes)
      if (start === undefined)
        throw new DefsError('ARCHIVE_UNKNOWN', 'the script carries no archive: check the address')
      await readTarStream(gunzip(bytes, start, reading), reading)
    }),
}

/** Where the archive after a shell script begins; undefined when the script has none. */
async function endOfScript(bytes: Bytes): Promise<number | undefined> {
  const head = await bytes.read(0, Math.min(bytes.size, limits.stub + lineStart.length))
  const found = head.indexOf(lineStart)
  return found < 0 ? undefined : found + 1
}
