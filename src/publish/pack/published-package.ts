import { type OpenZip, withZip } from '../../archive/zip.ts'
import { digestFile } from '../../digest.ts'
import type { SetName } from '../../set-name.ts'
import { foldName, readGuard } from '../../trust/guard.ts'
import type { Catalog, Release } from '../catalog.ts'
import type { Publisher } from '../publisher.ts'
import { lookForPackage } from '../refresh-tree.ts'
import type { PackedContent } from './zip-writer.ts'

/** A full package of the tree, whose bytes are those that were published. */
export interface PublishedPackage {
  readonly set: SetName
  readonly path: string
  readonly sha256: string
  readonly guard: Uint8Array
  /** Its members by name. */
  readonly members: ReadonlyMap<string, PublishedMember>
}

/** A member of such a package. */
export interface PublishedMember {
  readonly place: OpenZip['places'][number]
  /** As the guard says; null where it says nothing. */
  readonly sha256: string | null
}

/**
 * Reads what a published set is made of, without unpacking it.
 * @returns null when its package is missing from the tree, or is not what was published
 * @throws STORE_*, ARCHIVE_* when limits are lower than they were; INTERRUPTED
 */
export async function readPublished(
  { set, full }: Release,
  catalog: Catalog,
  { paths, config, context: { signal } }: Publisher,
): Promise<PublishedPackage | null> {
  const path = lookForPackage(full, catalog, paths.tree)
  if (path === undefined) return null
  // What is taken over from it is not looked at again.
  const { hashing } = await digestFile(path, ['sha256'], signal)
  if (hashing.finish('sha256') !== full.sha256) return null
  return withZip(path, config.limits, async ({ places, contentOf }) => {
    const pieces: Buffer[] = []
    const place = places.find(({ entry }) => foldName(entry.name) === 'v.grd')
    if (!place) return null
    for await (const piece of contentOf(place, signal)) pieces.push(Buffer.from(piece))
    const guard = Buffer.concat(pieces)
    const { files } = readGuard(guard)
    const members = new Map<string, PublishedMember>()
    for (const one of places) {
      const { name } = one.entry
      members.set(name, { place: one, sha256: files.get(foldName(name))?.sha256 ?? null })
    }
    return { set, path, sha256: full.sha256, guard, members }
  })
}

/** How a member lies packed there, for a zip that takes it over. */
export function packedContent({ path }: PublishedPackage, { place }: PublishedMember): PackedContent {
  const { packed, deflated, crc32: crc, unpacked: bytes } = place.entry
  return { zip: path, from: place.from, packed, method: deflated ? 8 : 0, crc, bytes }
}

/** Whether two guards say the same, but for the moment at which they were made. */
export function saySame(one: Uint8Array, other: Uint8Array): boolean {
  return timeless(one) === timeless(other)
}

function timeless(guard: Uint8Array): string {
  return Buffer.from(guard)
    .toString('latin1')
    .replace(/^LastModifiedUtcSeconds=.*$/im, '')
}
