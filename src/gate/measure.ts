import { open, opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { databaseHeaderBytes, readDatabaseHeader } from '../database-header.ts'
import { isDefsError } from '../error.ts'

/** How much a set holds. */
export interface Measures {
  readonly bytes: number
  readonly files: number
  /** As the headers of its ClamAV databases state it; null when it has none. */
  readonly signatures: number | null
}

// They prove or mark a set and tell nothing about its size.
const apart: ReadonlySet<string> = new Set(['v.grd', 'v.sig', 'zdone.dat'])

/** Measures a set as it lies on disk. */
export async function measureSet(directory: string): Promise<Measures> {
  let [bytes, files] = [0, 0]
  let signatures: number | null = null
  for await (const entry of await opendir(directory, { recursive: true })) {
    if (!entry.isFile() || apart.has(entry.name.toLowerCase())) continue
    const path = join(entry.parentPath, entry.name)
    bytes += (await stat(path)).size
    files += 1
    const stated = /\.c[vl]d$/i.test(entry.name) ? await statedSignatures(path) : null
    if (stated !== null) signatures = (signatures ?? 0) + stated
  }
  return { bytes, files, signatures }
}

/** What the header of a database says; null for one that says nothing. */
async function statedSignatures(path: string): Promise<number | null> {
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(databaseHeaderBytes)
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    return readDatabaseHeader(head.subarray(0, bytesRead)).signatures
  } catch (error) {
    if (isDefsError(error)) return null
    throw error
  } finally {
    await file.close()
  }
}
