import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { digestFile } from '../digest.ts'
import { storeError } from '../error.ts'
import { isGuarded, marker } from '../hawking/completion-marker.ts'
import type { Authentic } from '../trust/authentic.ts'
import type { Packed } from './catalog.ts'
import type { Desk } from './desk.ts'
import { writeZip } from './zip-writer.ts'

/** A package and where it lies until it is placed. */
export interface PackedFile {
  readonly packed: Packed
  readonly path: string
  readonly unpackedBytes: number
}

/**
 * Packs a set as a zip, the vendor's guard and signature at its top. The same set always makes the same bytes, so
 * that publishing it twice changes nothing.
 * @throws ARCHIVE_UNSUPPORTED, STORE_*, INTERRUPTED
 */
export async function packSet(authentic: Authentic, desk: Desk, signal: AbortSignal): Promise<PackedFile> {
  const guarded = isGuarded(authentic)
  const files = authentic.files.filter(({ name }) => guarded || name.toLowerCase() !== marker)
  const path = join(desk.work, `${randomBytes(4).toString('hex')}.zip`)
  try {
    const members = files.map(({ name, bytes }) => ({
      name,
      content: { path: join(authentic.directory, name), bytes },
    }))
    await writeZip(path, members, signal)
    const unpackedBytes = files.reduce((sum, { bytes }) => sum + bytes, 0)
    return { packed: await describe(path, authentic.set), path, unpackedBytes }
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined)
    throw storeError(error, `packing ${authentic.set}`)
  }
}

/** Size, digests and the name of a finished package; the name bears part of the digest, so no two packages meet. */
export async function describe(path: string, stem: string): Promise<Packed> {
  const { bytes, hashing } = await digestFile(path, ['sha256', 'sha1'])
  const sha256 = hashing.finish('sha256') ?? ''
  const file = `${stem.replaceAll('.', '-')}-${sha256.slice(0, 12)}.zip`
  return { file, bytes, sha256, sha1: hashing.finish('sha1') ?? '' }
}
