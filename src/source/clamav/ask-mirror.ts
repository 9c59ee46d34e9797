import type { CustomDatabase } from '../../config/config.ts'
import { databaseHeaderBytes, readDatabaseHeader } from '../../database-header.ts'
import { DefsError } from '../../error.ts'
import type { Inquiry } from '../source.ts'
import type { Transport } from '../transport.ts'
import type { AdvertisedDatabase } from './clamav-offer.ts'
import type { Installed } from './installed.ts'
import { peek } from './peek.ts'

/**
 * The version of a database by the header that a mirror has: one request on a condition. The `.cld` counts where
 * there is no `.cvd` (a mirror that was itself updated by patches).
 * @throws SOURCE_NOT_FOUND, INDEX_HTML, ARCHIVE_UNKNOWN, ARCHIVE_TRUNCATED, ARCHIVE_CORRUPT, SOURCE_*
 */
export async function askMirror(
  host: Transport,
  name: string,
  { databases }: Installed,
  { signal }: Inquiry,
): Promise<AdvertisedDatabase> {
  const here = databases.get(name)
  for (const ending of ['cvd', 'cld'] as const) {
    const seen = await peek(host, `${name}.${ending}`, databaseHeaderBytes, here?.builtAt ?? null, signal)
    if (seen === 'unchanged' && here) return { name, version: here.version, ending, bytes: null }
    if (seen !== null && seen !== 'unchanged')
      return { name, version: readDatabaseHeader(seen.bytes).version, ending, bytes: seen.total }
  }
  const path = `${host.url}${name}.cvd`
  throw new DefsError('SOURCE_NOT_FOUND', `${path}: there is no such database, and no ${name}.cld`, { path })
}

/**
 * What tells the present state of an unsigned database that is not pinned; null when its server says nothing.
 * @throws SOURCE_NOT_FOUND, INDEX_HTML, SOURCE_*
 */
export async function askCustom(host: Transport, { file }: CustomDatabase, { signal }: Inquiry) {
  const seen = await peek(host, file, databaseHeaderBytes, null, signal)
  if (seen !== null && seen !== 'unchanged') return seen.validator
  const path = `${host.url}${file}`
  throw new DefsError('SOURCE_NOT_FOUND', `${path}: there is no such file`, { path })
}
