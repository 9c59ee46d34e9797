import { join } from 'node:path'
import { canaryFile } from '../clamav/canary.ts'
import type { DatabaseOptions } from '../clamav/database.ts'
import { NameComparison } from './compare-lists.ts'
import { namesIn } from './names-in.ts'
import { type GuardedFile, keyOf, listedMembers, readSet, type SetOnDisk, type Wanted } from './set-files.ts'
import { isDatabase, type NameKind } from './signature-file.ts'
import { SignatureList } from './signature-list.ts'

/** What came, what went, and what stands for something else now; each list is sorted by name. */
export interface Changes<T> {
  readonly added: readonly T[]
  readonly removed: readonly T[]
  readonly changed: readonly T[]
}

/** A signature or rule by name. */
export interface NamedChange {
  readonly name: string
  readonly kind: NameKind
}

/** How two sets differ: by their files, and by what they detect. */
export interface SetDifference extends Changes<NamedChange> {
  readonly files: Changes<string>
}

const kinds: readonly NameKind[] = ['detection', 'allowed', 'ignored']

/**
 * Compares two sets on disk. What both have is not read, but for names that else only one has: a name that moved from
 * one file to another is neither new nor gone. Memory is some bytes for each name of what differs.
 * @throws ARCHIVE_* for a database that cannot be read; STORE_*; INTERRUPTED
 */
export async function diffSets(
  before: SetOnDisk,
  after: SetOnDisk,
  options: DatabaseOptions,
): Promise<SetDifference> {
  const inBoth = await sharedFiles(before, after, options)
  const [old, fresh] = [new SignatureList(), new SignatureList()]
  const takeIn = (list: SignatureList, set: SetOnDisk) =>
    readSet(
      set,
      (file, member) => !inBoth(file, member),
      (_, name, pieces) =>
        namesIn(name, pieces, (kind, bytes, from, to, start, end) => {
          list.add(kinds.indexOf(kind), bytes, start, end, from, to)
        }),
      options,
    )
  // One is unpacked while the other is read.
  await Promise.all([takeIn(old, before), takeIn(fresh, after)])
  const names = new NameComparison(old, fresh)
  if (names.hasOneSided)
    await readSet(
      after,
      (file, member) => inBoth(file, member) || (member === null && isDatabase(file.name)),
      (_, name, pieces) =>
        namesIn(name, pieces, (kind, bytes, _from, _to, start, end) => {
          names.seeInBoth(kinds.indexOf(kind), bytes, start, end)
        }),
      options,
    )
  return { files: fileChanges(before, after), ...nameChanges(names) }
}

function fileChanges(before: SetOnDisk, after: SetOnDisk): Changes<string> {
  const [old, fresh] = [before, after].map(
    ({ files }) =>
      new Map(files.flatMap(({ name, sha256 }) => (name === canaryFile ? [] : [[name, sha256]]))),
  ) as [Map<string, string>, Map<string, string>]
  return {
    added: [...fresh.keys()].filter((name) => !old.has(name)).sort(),
    removed: [...old.keys()].filter((name) => !fresh.has(name)).sort(),
    changed: [...fresh.keys()].filter((name) => old.has(name) && old.get(name) !== fresh.get(name)).sort(),
  }
}

function nameChanges(names: NameComparison): Changes<NamedChange> {
  const found: Record<'added' | 'removed' | 'changed', NamedChange[]> = {
    added: [],
    removed: [],
    changed: [],
  }
  for (const { name, space, fate } of names.changes())
    found[fate].push({ name, kind: kinds[space] ?? 'detection' })
  for (const list of Object.values(found)) list.sort(byName)
  return found
}

function byName(one: NamedChange, other: NamedChange): number {
  if (one.name !== other.name) return one.name < other.name ? -1 : 1
  return one.kind < other.kind ? -1 : 1
}

/** Tells the files and members that both sets have, wherever they lie. */
async function sharedFiles(before: SetOnDisk, after: SetOnDisk, options: DatabaseOptions): Promise<Wanted> {
  const old = keysOf(before.files)
  const alike = new Set(after.files.flatMap((file) => keyOf(file) ?? []).filter((key) => old.has(key)))
  const members = new Map<string, readonly GuardedFile[]>()
  const inside = async ({ directory, files }: SetOnDisk): Promise<Set<string>> => {
    const keys = keysOf(files)
    for (const { name, sha256 } of files) {
      if (!isDatabase(name) || alike.has(sha256)) continue
      const listed = await listedMembers(join(directory, name), options)
      members.set(sha256, listed)
      for (const key of keysOf(listed)) keys.add(key)
    }
    return keys
  }
  const [one, other] = [await inside(before), await inside(after)]
  for (const key of one) if (other.has(key)) alike.add(key)
  return (file, member) => {
    if (alike.has(keyOf(file) ?? '')) return true
    const listed = members.get(file.sha256)?.find(({ name }) => name === member)
    return listed !== undefined && alike.has(keyOf(listed) ?? '')
  }
}

function keysOf(files: readonly GuardedFile[]): Set<string> {
  return new Set(files.flatMap((file) => keyOf(file) ?? []))
}
