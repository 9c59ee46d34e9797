import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { copyMember } from '../../archive/copy-member.ts'
import type { OpenedFile } from '../../archive/opened.ts'
import { type DatabaseHeader, databaseHeaderBytes, readDatabaseHeader } from '../../database-header.ts'
import { DefsError, isDefsError, storeError } from '../../error.ts'
import { peekProvenance } from '../../hawking/provenance.ts'
import type { ProvedDatabase } from '../../hawking/record.ts'
import type { Authentic } from '../../trust/authentic.ts'
import type { DatabaseJob } from './job.ts'

/** A database of the current set, whose guard was proved in this run. */
export interface BaseDatabase {
  readonly file: OpenedFile
  readonly path: string
  readonly header: DatabaseHeader
  /** How far it was proved when it came. */
  readonly proved: ProvedDatabase
}

/**
 * Finds a database in the current set. Null when it is not there, and when it came by the legacy keys alone while
 * `.sign` is required now: then it is fetched anew.
 */
export async function findBase(
  name: string,
  base: Authentic | null,
  { run, trust }: DatabaseJob,
): Promise<BaseDatabase | null> {
  const file = base?.files.find((one) => one.name === `${name}.cvd` || one.name === `${name}.cld`)
  if (!base || !file) return null
  const path = join(base.directory, file.name)
  const header = await readHeader(path)
  if (!header) return null
  const { version } = header
  const recorded = (await peekProvenance(run.store, base.set))?.databases ?? []
  const proved =
    recorded.find((one) => one.name === name && one.version === version) ?? unrecorded(name, version)
  return trust.sign === 'require' && proved.method !== 'pkcs7' ? null : { file, path, header, proved }
}

// A set that came from elsewhere, proved by a guard: of its databases only that much is known.
function unrecorded(name: string, version: number): ProvedDatabase {
  return { name, version, method: 'legacy', signer: null, patches: 0 }
}

async function readHeader(path: string): Promise<DatabaseHeader | null> {
  const file = await open(path).catch((error: unknown) => {
    throw storeError(error, `reading ${path}`)
  })
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(databaseHeaderBytes))
    return readDatabaseHeader(buffer.subarray(0, bytesRead))
  } catch (error) {
    if (isDefsError(error)) return null
    throw storeError(error, `reading ${path}`)
  } finally {
    await file.close()
  }
}

/** Copies files of the current set, which must still be what its guard says. @throws TRUST_DIGEST, STORE_* */
export async function copyFiles(
  names: readonly string[],
  base: Authentic,
  directory: string,
  { run }: Pick<DatabaseJob, 'run'>,
): Promise<OpenedFile[]> {
  const copies: OpenedFile[] = []
  for (const file of base.files.filter(({ name }) => names.includes(name))) {
    const { name, sha256 } = file
    const copy = await copyMember(join(base.directory, name), join(directory, name), [], run.signal)
    if (copy.sha256 !== sha256)
      throw new DefsError('TRUST_DIGEST', `${name} was changed while it was copied`, { path: name })
    copies.push({ name, ...copy })
  }
  return copies
}
