import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { count, listOf, object, text } from '../../disk/json-shape.ts'
import { readRecordFile } from '../../disk/record.ts'
import { storeError } from '../../error.ts'
import type { PublishPaths } from '../paths.ts'
import { type KnownBlocks, keyBytes, type PackedBlock } from './deflate.ts'
import type { PublishedPackage } from './published-package.ts'

/** The blocks of a package by the names of its members, one after the other; members that are not deflated have none. */
export type PackedBlocks = ReadonlyMap<string, readonly PackedBlock[]>

const shape = object({
  package: text,
  digest: text,
  members: listOf(object({ name: text, keys: text, packed: listOf(count) })),
})

type Told = NonNullable<ReturnType<typeof shape>>['members']

const digestOf = (members: Told) => createHash('sha256').update(JSON.stringify(members)).digest('hex')

/**
 * Remembers how the newest package was cut, beside the catalog. Only time is lost with it.
 * @param sha256 of the package
 */
export async function keepBlocks(
  sha256: string,
  blocks: PackedBlocks,
  paths: Pick<PublishPaths, 'blocks'>,
): Promise<void> {
  const members = [...blocks].map(([name, all]) => ({
    name,
    keys: Buffer.from(all.map(({ key }) => key).join(''), 'latin1').toString('base64'),
    packed: all.map(({ packed }) => packed),
  }))
  const record = { schema: 1, package: sha256, digest: digestOf(members), members }
  await writeFileAtomic(paths.blocks, `${JSON.stringify(record)}\n`, 0o600).catch(() => undefined)
}

/** The blocks of a package of the tree; none of those of which nothing is remembered, or what cannot be true. */
export async function readBlocks(
  { sha256, members }: PublishedPackage,
  paths: Pick<PublishPaths, 'blocks'>,
): Promise<PackedBlocks> {
  const record = await readRecordFile(paths.blocks, shape)
  if (!record || record.package !== sha256 || record.digest !== digestOf(record.members)) return new Map()
  return new Map(
    record.members.flatMap(({ name, keys, packed }) => {
      const entry = members.get(name)?.place.entry
      const all = Buffer.from(keys, 'base64').toString('latin1')
      const whole = packed.reduce((sum, length) => sum + length, 0)
      if (!entry?.deflated || whole !== entry.packed || all.length !== packed.length * keyBytes) return []
      const key = (index: number) => all.slice(index * keyBytes, (index + 1) * keyBytes)
      return [[name, packed.map((length, index) => ({ key: key(index), packed: length }))] as const]
    }),
  )
}

/** Opens a package of the tree for those who take blocks over from it; null for none. @throws STORE_* */
export function openBlocks(older: PublishedPackage | null, blocks: PackedBlocks): KnownBlocks {
  if (!older) return { find: () => undefined, close: () => undefined }
  const { path, members } = older
  const places = new Map<string, { readonly at: number; readonly packed: number }>()
  for (const [name, all] of blocks) {
    let at = members.get(name)?.place.from ?? 0
    for (const { key, packed } of all) {
      places.set(key, { at, packed })
      at += packed
    }
  }
  const file = openPublished(path)
  return {
    find(key) {
      const place = places.get(key)
      if (!place) return undefined
      const bytes = Buffer.allocUnsafe(place.packed)
      return readSync(file, bytes, 0, place.packed, place.at) === place.packed ? bytes : undefined
    },
    close: () => closeSync(file),
  }
}

function openPublished(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw storeError(error, `reading ${path}`)
  }
}
