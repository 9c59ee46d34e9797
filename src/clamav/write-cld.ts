import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Header } from 'tar/header'
import { writeMember } from '../archive/member-file.ts'
import { tarBlock } from '../archive/tar-header.ts'
import { contentOfFile } from '../archive/walk.ts'
import { DefsError } from '../error.ts'
import type { DatabaseContents, DatabaseInfo, DatabaseMember, DatabaseOptions, Written } from './database.ts'
import { databaseHeaderBytes, readHeaderLine } from './header.ts'

const licence = 'COPYING'

/**
 * Packs the unpacked, proved database of a folder as a CLD, which ClamAV loads and later patches start from: a
 * header made of the first line of the .info, then a plain tar that begins with COPYING and the .info.
 * @param contents what was proved; a file that is no longer so is refused
 * @param file the new file; it may not be there
 * @throws ARCHIVE_CORRUPT when there is no COPYING or no .info; TRUST_DIGEST when a file was changed since it was
 *   proved; STORE_*; INTERRUPTED
 */
export async function writeCld(
  directory: string,
  { info, members }: DatabaseContents,
  file: string,
  options: DatabaseOptions,
): Promise<Written> {
  const first = members.find(({ name }) => name === licence)
  const second = members.find(({ name }) => name === info?.file)
  if (!info || !first || !second) {
    throw new DefsError('ARCHIVE_CORRUPT', `a CLD needs ${licence} and a .info: take the whole database`)
  }
  const header = headerOf(info)
  const { builtAt } = readHeaderLine(header.trimEnd())
  const others = members.filter((member) => member !== first && member !== second)
  return writeContainer(directory, header, [first, second, ...others], builtAt, file, options)
}

/**
 * Writes a container that ClamAV loads: a header of 512 bytes and a plain tar.
 * @param members files of the folder, in the order they come to stand in
 * @throws TRUST_DIGEST when one is not what its digest says; STORE_*; INTERRUPTED
 */
export async function writeContainer(
  directory: string,
  header: string,
  members: readonly DatabaseMember[],
  mtime: Date,
  file: string,
  { signal, reserve }: DatabaseOptions,
): Promise<Written> {
  async function* content(): AsyncGenerator<Buffer> {
    yield Buffer.from(header, 'latin1')
    for (const member of members) yield* packed(directory, member, mtime, signal)
    yield Buffer.alloc(2 * tarBlock)
  }

  const hash = createHash('sha256')
  let bytes = 0
  const look = (piece: Uint8Array) => {
    hash.update(piece)
    bytes += piece.length
  }
  await writeMember(file, content(), look, reserve)
  return { bytes, sha256: hash.digest('hex') }
}

function headerOf({ file, bytes }: DatabaseInfo): string {
  const line = /^[^\r\n]*/.exec(Buffer.from(bytes).toString('latin1'))?.[0] ?? ''
  if (line.length <= databaseHeaderBytes) return line.padEnd(databaseHeaderBytes)
  throw new DefsError('ARCHIVE_CORRUPT', `the first line of ${file} is no header: take the whole database`)
}

async function* packed(
  directory: string,
  member: DatabaseMember,
  mtime: Date,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { name, bytes } = member
  const header = new Header({ path: name, size: bytes, mode: 0o644, uid: 0, gid: 0, mtime, type: 'File' })
  // True when the name or a number does not fit and a pax header would be needed, which ClamAV does not read.
  if (header.encode() || !header.block) throw changed(member)
  yield header.block
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of contentOfFile(join(directory, name), signal)) {
    hash.update(piece)
    size += piece.length
    yield piece
  }
  if (size !== bytes || hash.digest('hex') !== member.sha256) throw changed(member)
  yield Buffer.alloc((tarBlock - (bytes % tarBlock)) % tarBlock)
}

function changed({ name }: DatabaseMember): DefsError {
  return new DefsError('TRUST_DIGEST', `'${name}' is not what was proved: take the whole database`, {
    path: name,
  })
}
