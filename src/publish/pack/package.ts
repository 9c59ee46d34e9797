import { randomBytes } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { digestFile } from '../../digest.ts'
import { flushAhead } from '../../disk/flush-ahead.ts'
import { storeError } from '../../error.ts'
import { isGuarded, marker } from '../../hawking/stage.ts'
import type { Authentic } from '../../trust/authentic.ts'
import type { Packed } from '../catalog.ts'
import type { Publisher } from '../publisher.ts'
import type { PackedBlock } from './deflate.ts'
import { openBlocks, type PackedBlocks, readBlocks } from './packed-blocks.ts'
import { type PublishedPackage, packedContent } from './published-package.ts'
import { type PackedContent, writeZip, type ZipMember } from './zip-writer.ts'

/** A full package where it lies until it is placed. */
export interface FullPackage {
  readonly path: string
  readonly bytes: number
  readonly unpackedBytes: number
  /** Where every member lies packed in it, by name. */
  readonly members: ReadonlyMap<string, PackedContent>
  /** How its members were cut. */
  readonly blocks: PackedBlocks
  /** Waits until it would survive a power cut, before which nothing may name it. @throws STORE_* */
  readonly flushed: () => Promise<void>
}

/**
 * Packs a set as a zip, the vendor's guard and signature at its top. The same set always makes the same bytes, so
 * that publishing it twice changes nothing. What an older package has in the same form is taken over from it: whole files,
 * and of changed ones the blocks that are the same.
 * @param older a package of the tree; null for none
 * @throws ARCHIVE_UNSUPPORTED, STORE_*, INTERRUPTED
 */
export async function packSet(
  authentic: Authentic,
  older: PublishedPackage | null,
  { paths, context, config }: Publisher,
): Promise<FullPackage> {
  const guarded = isGuarded(authentic)
  const files = authentic.files.filter(({ name }) => guarded || name.toLowerCase() !== marker)
  const path = join(paths.work, `${randomBytes(4).toString('hex')}.zip`)
  const before: PackedBlocks = older ? await readBlocks(older, paths) : new Map()
  const known = openBlocks(older, before)
  try {
    const members = files.map(({ name, bytes, sha256 }): ZipMember => {
      const same = older?.members.get(name)
      return older && same && same.sha256 === sha256
        ? { name, content: packedContent(older, same) }
        : { name, content: { path: join(authentic.directory, name), bytes } }
    })
    const flushing = flushAhead()
    const { signal } = context
    const packed = await writeZip(path, members, { signal, reserve: config.store.reserve, flushing, known })
    const { size } = await stat(path)
    const blocks = new Map<string, readonly PackedBlock[]>()
    for (const { name, content } of members)
      blocks.set(name, ('zip' in content ? before.get(name) : packed.get(name)?.blocks) ?? [])
    return {
      path,
      bytes: size,
      unpackedBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      members: new Map([...packed].map(([name, { content }]) => [name, content])),
      blocks,
      flushed: flushing.done,
    }
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined)
    throw storeError(error, `packing ${authentic.set}`)
  } finally {
    known.close()
  }
}

/** Size, digests and the name of a finished package; the name bears part of the digest, so no two packages meet. */
export async function describe(path: string, stem: string): Promise<Packed> {
  const { bytes, hashing } = await digestFile(path, ['sha256', 'sha1'])
  const sha256 = hashing.finish('sha256') ?? ''
  const file = `${stem.replaceAll('.', '-')}-${sha256.slice(0, 12)}.zip`
  return { file, bytes, sha256, sha1: hashing.finish('sha1') ?? '' }
}
