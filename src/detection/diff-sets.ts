import { join } from 'node:path'
import { canaryFile } from '../clamav/canary.ts'
import type { DatabaseOptions } from '../clamav/database.ts'
import { AlikeNames } from './alike-names.ts'
import { NameComparison } from './compare-lists.ts'
import { inStep } from './in-step.ts'
import { eachLine, namesIn, type SeeName } from './names-in.ts'
import { Rendezvous } from './rendezvous.ts'
import {
  type GuardedFile,
  keyOf,
  listedMembers,
  pathIn,
  readSet,
  type SeeFile,
  type SetOnDisk,
  type Wanted,
} from './set-files.ts'
import { isDatabase, type LineForm, type NameKind, signatureFile } from './signature-file.ts'
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
 * Compares two sets on disk. A file that both have is not read, but for names that else only one has: a name that moved
 * from one file to another is neither new nor gone. Memory is some bytes for each name of what differs.
 * @throws ARCHIVE_* for a database that cannot be read; STORE_*; INTERRUPTED
 */
export async function diffSets(
  before: SetOnDisk,
  after: SetOnDisk,
  options: DatabaseOptions,
): Promise<SetDifference> {
  const inBoth = await sharedFiles(before, after, options)
  const lists = [new SignatureList(), new SignatureList()] as const
  const alike = new AlikeNames()
  const rendezvous = new Rendezvous()
  const read = async (side: 0 | 1, set: SetOnDisk) => {
    const add = intoList(lists[side])
    const see: SeeFile = async (file, name, pieces) => {
      if (inBoth(file, isDatabase(file.name) ? name : null)) return alikeIn(name, pieces, alike)
      const form = signatureFile(name)
      const lines = form && !('rules' in form) ? form : null
      const met = lines ? await rendezvous.come(side, likeness(file, name), pieces) : null
      if (met?.how === 'read') return
      if (met?.how !== 'both' || !lines) return namesIn(name, pieces, add)
      const [before, after] = side === 0 ? [pieces, met.pieces] : [met.pieces, pieces]
      await compareLines(lines, before, after, lists, alike).then(
        () => met.release(),
        (error: unknown) => {
          met.release(error)
          throw error
        },
      )
    }
    try {
      // What both have in a database that is unpacked all the same is not left for later.
      const wanted: Wanted =
        side === 0
          ? (file, member) => !inBoth(file, member)
          : (file, member) => member !== null || !inBoth(file, null)
      await readSet(set, wanted, see, options)
    } finally {
      rendezvous.end(side)
    }
  }
  // Both are unpacked at a time, and compared where they have a file of one name.
  await Promise.all([read(0, before), read(1, after)])
  const names = new NameComparison(...lists)
  if (names.hasOneSided) names.seeAlike(alike)
  if (names.hasOneSided)
    await readSet(
      after,
      (file) => inBoth(file, null),
      (_, name, pieces) =>
        namesIn(name, pieces, (kind, bytes, _from, _to, start, end) => {
          names.seeInBoth(kinds.indexOf(kind), bytes, start, end)
        }),
      options,
    )
  return { files: fileChanges(before, after), ...nameChanges(names) }
}

/** What a file or member is called in any form of its database. */
function likeness(file: GuardedFile, name: string): string {
  return isDatabase(file.name) ? pathIn(file.name, name) : file.name
}

function alikeIn(name: string, pieces: AsyncIterable<Buffer>, alike: AlikeNames): Promise<void> {
  return namesIn(name, pieces, (kind, bytes, _from, _to, start, end) =>
    alike.add(kinds.indexOf(kind), bytes, start, end),
  )
}

function intoList(list: SignatureList): SeeName {
  return (kind, bytes, from, to, start, end) => list.add(kinds.indexOf(kind), bytes, start, end, from, to)
}

function compareLines(
  form: LineForm,
  before: AsyncIterable<Buffer>,
  after: AsyncIterable<Buffer>,
  lists: readonly [SignatureList, SignatureList],
  alike: AlikeNames,
): Promise<void> {
  const space = kinds.indexOf(form.kind)
  const [old, fresh] = lists.map(intoList) as [SeeName, SeeName]
  return inStep(before, after, {
    both: (bytes, from, to) => alike.addLines(space, bytes, form, from, to),
    before: (bytes, from, to) => eachLine(bytes, form, old, from, to),
    after: (bytes, from, to) => eachLine(bytes, form, fresh, from, to),
  })
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
