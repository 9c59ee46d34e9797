import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPatch } from '../../../src/clamav/cdiff.ts'
import type { DatabaseOptions, DatabasePatch, OpenedDatabase } from '../../../src/clamav/database.ts'
import type { ClamavTrust } from '../../../src/clamav/keys.ts'
import { vendorKeys } from '../../../src/clamav/keys.ts'
import { openDatabase } from '../../../src/clamav/open-database.ts'
import { isDefsError } from '../../../src/error.ts'
import { limits } from '../../../src/limits.ts'
import { type Anchor, readAnchors } from '../../../src/trust/anchors.ts'
import { room } from '../../archive/workshop.ts'
import { clamavVectors } from '../../support/clamd.ts'

export const options: DatabaseOptions = { limits, signal: new AbortController().signal }

/** A moment at which the test root is valid, whatever the clock says. */
export const validMoment = new Date('2026-06-01T00:00:00Z')

/** A genuine file, by its name. */
export function vector(name: string): Buffer {
  return readFileSync(join(clamavVectors ?? '', name))
}

export function rootsOf(name: string): Anchor[] {
  return readAnchors([{ text: vector(name).toString('utf8'), path: name }])
}

/** The vendor's keys and the root of the genuine test files; `require` unless said otherwise. */
export function testTrust(changes: Partial<ClamavTrust> = {}): ClamavTrust {
  const roots = changes.roots ?? rootsOf('clamav-TEST-root.crt')
  return { keys: vendorKeys, sign: 'require', now: validMoment, ...changes, roots }
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
