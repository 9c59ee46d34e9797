import { join } from 'node:path'
import { databaseHeaderBytes, readDatabaseHeader } from '../../database-header.ts'
import { DefsError } from '../../error.ts'
import { withFileBytes } from '../bytes.ts'
import { gunzip } from '../gunzip.ts'
import { isHtml } from '../html.ts'
import { slices } from '../inflate.ts'
import { writeMember } from '../write-member.ts'
import type { DatabaseOptions, OpenedDatabase } from './database.ts'
import { readDatabaseTar } from './database-tar.ts'
import { hashedBytes } from './hashed-bytes.ts'
import { membersOf } from './members.ts'

/**
 * Reads a CVD or CLD once from end to end: header, digests, members. After an error the folder holds rubbish.
 * @param directory where the members are written, private and there already; null to hash only
 * @throws FETCH_HTML for a web page; ARCHIVE_*; STORE_*; INTERRUPTED
 */
export async function openDatabase(
  file: string,
  directory: string | null,
  { limits, signal }: DatabaseOptions,
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
      else await writeMember(join(directory, name), body, look)
      close()
    })
    return { header, kind, bytes: bytes.size, ...(await hashed.finish()), ...members.contents() }
  })
}

/** Captive portals and proxies answer with a page where a file should be. @throws FETCH_HTML */
export function assertNoPage(head: Uint8Array): void {
  if (!isHtml(head)) return
  const message =
    'a web page came instead of a ClamAV file: check the address of the mirror, and the proxy or portal'
  throw new DefsError('FETCH_HTML', message)
}

function kindOf(payload: Buffer): 'cvd' | 'cld' {
  if (payload.toString('latin1', 0, 2) === '\x1f\x8b') return 'cvd'
  if (payload.toString('latin1', 0, 7) === 'COPYING') return 'cld'
  throw new DefsError('ARCHIVE_UNKNOWN', 'no archive follows the header of the database: fetch it again')
}
