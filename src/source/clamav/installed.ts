import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type DatabaseHeader, databaseHeaderBytes, readDatabaseHeader } from '../../clamav/header.ts'
import { ignoredFile } from '../../clamav/ignored.ts'
import { listIn, readPackedList } from '../../clamav/packed-list.ts'
import { openRegular, readForeign } from '../../disk/foreign-file.ts'
import { limits } from '../../limits.ts'
import { readIni } from '../../text/ini.ts'
import type { SourceQuery } from '../source.ts'

/** The databases of the current set as they lie on disk, unproved: they only steer what is asked for. */
export interface Installed {
  readonly databases: ReadonlyMap<string, DatabaseHeader>
  /**
   * Stated SHA-256 by file, lower case, of everything else in the set but what belongs to a database; a list in a container
   * as if it lay there plain.
   */
  readonly others: ReadonlyMap<string, string>
  /** SHA-256 of the list of exceptions in it; null when there is none. */
  readonly exceptions: string | null
}

const companion = /\.sign$|^defs-canary\./

/** Reads the headers of the current set's databases; what cannot be read counts as not there. */
export async function readInstalled(installed: SourceQuery['installed']): Promise<Installed> {
  const databases = new Map<string, DatabaseHeader>()
  if (!installed) return { databases, others: new Map(), exceptions: null }
  const names = await readdir(installed.directory).catch(() => [])
  for (const file of names) {
    const [, name] = /^(\w+)\.c[vl]d$/.exec(file) ?? []
    const header = name === undefined ? null : await readHeader(join(installed.directory, file))
    if (name !== undefined && header) databases.set(name, header)
  }
  const others = await readOthers(installed.directory)
  const exceptions = others.get(ignoredFile) ?? null
  // They are of this machine, and no source offers them.
  others.delete(ignoredFile)
  return { databases, others, exceptions }
}

async function readHeader(path: string): Promise<DatabaseHeader | null> {
  try {
    const file = await openRegular(path, 0)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(databaseHeaderBytes))
      return readDatabaseHeader(buffer.subarray(0, bytesRead))
    } finally {
      await file.close()
    }
  } catch {
    return null
  }
}

async function readOthers(directory: string): Promise<Map<string, string>> {
  const others = new Map<string, string>()
  const guard = await readForeign(join(directory, 'v.grd'), limits.guard).then(
    ({ bytes }) => bytes.toString('latin1'),
    () => '',
  )
  for (const { name, entries } of readIni(guard).sections) {
    const [, file] = /^File-(.+)$/i.exec(name) ?? []
    const sha256 = entries.get('SHA256')
    if (file === undefined || sha256 === undefined) continue
    if (companion.test(file) || /^\w+\.c[vl]d$/.test(file)) continue
    const list = listIn(file)
    const packed = list === null ? null : await readPackedList(join(directory, file)).catch(() => null)
    others.set((packed && list ? list : file).toLowerCase(), packed?.sha256 ?? sha256)
  }
  return others
}

/** Tells whether two sets hold the same, however their databases were packed: versions, and digests of the rest. */
export function fingerprintOf(
  versions: Iterable<readonly [name: string, version: number]>,
  others: Iterable<readonly [file: string, state: string]>,
): string {
  const parts = [...versions].map(([name, version]) => `${name}:${version}`)
  return [
    ...parts.sort(),
    ...[...others].map(([file, state]) => `${file.toLowerCase()}@${state}`).sort(),
  ].join(' ')
}
