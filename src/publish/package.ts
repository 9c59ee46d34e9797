import { randomBytes } from 'node:crypto'
import { copyFile, link, lstat, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { digestFile } from '../digest.ts'
import { makeYounger, replaceByRename } from '../disk/atomic-file.ts'
import { storeError } from '../error.ts'
import { isGuarded, marker } from '../hawking/stage.ts'
import type { Authentic } from '../trust/authentic.ts'
import type { Packed } from './catalog.ts'
import type { PublishPaths } from './paths.ts'
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
 * @param reserve bytes that stay free on the disk of the tree
 * @throws ARCHIVE_UNSUPPORTED, STORE_*, INTERRUPTED
 */
export async function packSet(
  authentic: Authentic,
  paths: PublishPaths,
  signal: AbortSignal,
  reserve: number,
): Promise<PackedFile> {
  const guarded = isGuarded(authentic)
  const files = authentic.files.filter(({ name }) => guarded || name.toLowerCase() !== marker)
  const path = join(paths.work, `${randomBytes(4).toString('hex')}.zip`)
  try {
    const members = files.map(({ name, bytes }) => ({
      name,
      content: { path: join(authentic.directory, name), bytes },
    }))
    await writeZip(path, members, signal, reserve)
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

/**
 * Makes an immutable file of the tree appear whole: another name of `from` where the file system has that, else a
 * copy. Nothing happens when it is there already: its name is different for different bytes.
 * @throws STORE_*
 */
export async function placeFile(from: string, to: string): Promise<void> {
  if (await isFile(to)) return
  await placeOver(from, to)
}

/**
 * The same for a file that changes: readers see the old one or the new one, which is younger by a second at least.
 * @throws STORE_*
 */
export async function placeOver(from: string, to: string): Promise<void> {
  await replaceByRename(to, async (aside) => {
    await linkOrCopy(from, aside)
    await makeYounger(aside, to)
    return true
  })
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    // Another file system, one without links, or one that has enough of them.
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK', 'ENOSYS'].includes(String(code))) throw error
    await copyFile(from, to)
    const copy = await open(to, 'r+')
    try {
      await copy.sync()
    } finally {
      await copy.close()
    }
  }
}

async function isFile(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )
}
