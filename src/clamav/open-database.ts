import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type Bytes, withFileBytes } from '../archive/bytes.ts'
import { gunzip, slices } from '../archive/inflate.ts'
import { writeMember } from '../archive/member-file.ts'
import { contentOfFile, walkFolder } from '../archive/walk.ts'
import { DefsError } from '../error.ts'
import { isWebPage } from '../text/web-page.ts'
import type { DatabaseContents, DatabaseOptions, OpenedDatabase } from './database.ts'
import { databaseHeaderBytes, readDatabaseHeader } from './header.ts'
import { membersOf, readDatabaseTar } from './members.ts'

/**
 * Reads a CVD or CLD once from end to end: header, digests, members. After an error the folder holds rubbish.
 * @param directory where the members are written, private and there already; null to hash only
 * @throws FETCH_HTML for a web page; ARCHIVE_*; STORE_*; INTERRUPTED
 */
export async function openDatabase(
  file: string,
  directory: string | null,
  { limits, signal, reserve }: DatabaseOptions,
): Promise<OpenedDatabase> {
  return withFileBytes(file, async (bytes) => {
    const hashed = hashedBytes(bytes, databaseHeaderBytes)
    const head = await hashed.read(0, Math.min(bytes.size, 2 * databaseHeaderBytes))
    assertNoPage(head)
    const header = readDatabaseHeader(head)
    const kind = kindOf(head.subarray(databaseHeaderBytes))
    const pieces =
      kind === 'cvd'
        ? gunzip(hashed, databaseHeaderBytes, { limits, signal })
        : slices(hashed, databaseHeaderBytes, bytes.size, signal)
    const members = membersOf(limits)
    await readDatabaseTar(pieces, async (written, body) => {
      const { name, look, close } = members.begin(written)
      if (directory === null) for await (const piece of body) look(piece)
      else await writeMember(join(directory, name), body, look, reserve)
      close()
    })
    return { header, kind, bytes: bytes.size, ...(await hashed.finish()), ...members.contents() }
  })
}

/** Captive portals and proxies answer with a page where a file should be. @throws FETCH_HTML */
export function assertNoPage(head: Uint8Array): void {
  if (!isWebPage(head)) return
  const message =
    'a web page came instead of a ClamAV file: check the address of the mirror, and the proxy or portal'
  throw new DefsError('FETCH_HTML', message)
}

function kindOf(payload: Buffer): 'cvd' | 'cld' {
  if (payload.toString('latin1', 0, 2) === '\x1f\x8b') return 'cvd'
  if (payload.toString('latin1', 0, 7) === 'COPYING') return 'cld'
  throw new DefsError('ARCHIVE_UNKNOWN', 'no archive follows the header of the database: fetch it again')
}

const pieceBytes = 256 * 1024

/** Bytes that are hashed while they are read. */
export interface HashedBytes extends Bytes {
  /** Reads what nobody asked for and tells the digests, lower-case hexadecimal. Once. */
  finish(): Promise<{ readonly sha256: string; readonly md5: string }>
}

/**
 * Digests of a file on the way, however its reader jumps: every byte is hashed once, in order.
 * @param payload where the part begins that the MD5 is over; the SHA-256 is over all
 */
function hashedBytes(bytes: Bytes, payload: number): HashedBytes {
  const sha256 = createHash('sha256')
  const md5 = createHash('md5')
  let done = 0

  function see(piece: Buffer): void {
    sha256.update(piece)
    md5.update(piece.subarray(Math.max(0, payload - done)))
    done += piece.length
  }

  async function catchUp(to: number): Promise<void> {
    while (done < to) see(await bytes.read(done, Math.min(pieceBytes, to - done)))
  }

  return {
    size: bytes.size,
    read: async (position, length) => {
      await catchUp(position)
      const piece = await bytes.read(position, length)
      if (position + length > done) see(piece.subarray(done - position))
      return piece
    },
    finish: async () => {
      await catchUp(bytes.size)
      return { sha256: sha256.digest('hex'), md5: md5.digest('hex') }
    },
  }
}

/**
 * The contents of an unpacked database, hashed as they lie in a folder.
 * @throws ARCHIVE_* for anything but plain files of safe names, STORE_*, INTERRUPTED
 */
export async function readContents(
  directory: string,
  { limits, signal }: DatabaseOptions,
): Promise<DatabaseContents> {
  const { found, problems } = await walkFolder(directory, limits.entries)
  const [problem] = problems
  if (problem) throw problem.error
  const members = membersOf(limits)
  for (const { name: written, type } of found) {
    if (type === 'folder') {
      throw new DefsError('ARCHIVE_SPECIAL', `'${written}' in an unpacked database is a folder: remove it`)
    }
    const { name, look, close } = members.begin(written)
    for await (const piece of contentOfFile(join(directory, name), signal)) look(piece)
    close()
  }
  return members.contents()
}
