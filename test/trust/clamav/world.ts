import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPatch } from '../../../src/clamav/cdiff.ts'
import type { DatabaseOptions, DatabasePatch, OpenedDatabase } from '../../../src/clamav/database.ts'
import type { ClamavTrust } from '../../../src/clamav/keys.ts'
import { openDatabase } from '../../../src/clamav/open-database.ts'
import { isDefsError } from '../../../src/error.ts'
import { limits } from '../../../src/limits.ts'
import { room } from '../../archive/workshop.ts'
import { type Lineage, rootsIn } from './lineage.ts'

export const options: DatabaseOptions = { limits, signal: new AbortController().signal }

let inUse: Lineage | null = null

/** Has the functions below work with this lineage from now on. */
export function use(open: () => Lineage): void {
  inUse = open()
}

/** The lineage of these tests. */
export function lineage(): Lineage {
  if (inUse) return inUse
  throw new Error('no lineage is in use')
}

/** A file of the lineage, by its name. */
export const vector = (name: string): Buffer => lineage().file(name)

/** The keys and the root of the lineage at a moment when it is valid; `require` unless said otherwise. */
export function testTrust(changes: Partial<ClamavTrust> = {}): ClamavTrust {
  const { keys, rootPath, valid } = lineage()
  return { keys, sign: 'require', now: valid, ...changes, roots: changes.roots ?? rootsIn(rootPath) }
}

/** Writes a database to a file and opens it; nothing is unpacked unless a folder is named. */
export async function openBytes(
  bytes: Uint8Array,
  directory: string | null = null,
  how: DatabaseOptions = options,
): Promise<OpenedDatabase> {
  const file = join(room(), 'database')
  writeFileSync(file, bytes)
  return openDatabase(file, directory, how)
}

/** Like `readPatch`, for one that is none of no bytes. */
export function patchOf(bytes: Uint8Array): DatabasePatch {
  const patch = readPatch(bytes)
  if (patch) return patch
  throw new Error('a patch of no bytes')
}

/** The code of our error, `accepted` when there is none; anything else is thrown on. */
export async function verdict(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'accepted'
  } catch (error) {
    if (isDefsError(error)) return error.code
    throw error
  }
}

/** The bytes with those at `at` changed. */
export function flipped(bytes: Uint8Array, at: number, mask = 0x01): Buffer {
  const changed = Buffer.from(bytes)
  const place = at < 0 ? bytes.length + at : at
  changed[place] = (changed[place] ?? 0) ^ mask
  return changed
}
