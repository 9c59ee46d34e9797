import type { DatabaseOptions } from '../clamav/database.ts'
import { namesIn, type SeeName } from './names-in.ts'
import { type GuardedFile, keyOf, readSet, type SetOnDisk } from './set-files.ts'
import type { NameKind } from './signature-file.ts'

/** A place where a name stands. */
export interface NamePlace {
  readonly set: string
  /** The file of the set; a member of a database behind it, after a `/`. */
  readonly file: string
  readonly kind: NameKind
}

/** Where something is detected. */
export interface Sighting {
  /** The sets that detect it, in the order they were given. One that names it as ignored detects nothing. */
  readonly sets: readonly string[]
  readonly places: readonly NamePlace[]
}

/**
 * Every way to write one name: ClamAV reports what comes from others with `.UNOFFICIAL` behind it and YARA's rules
 * with `YARA.` before it; Suricata counts from group 1.
 */
function spellingsOf(name: string): ReadonlySet<string> {
  const bare = name.replace(/\.UNOFFICIAL$/, '')
  return new Set([name, bare, bare.replace(/^YARA\./, ''), bare.replace(/^1:(?=\d+$)/, '')])
}

/**
 * Looks for a name in sets on disk. A file that several sets have is read once.
 * @throws ARCHIVE_* for a database that cannot be read; STORE_*; INTERRUPTED
 */
export async function searchSets(
  name: string,
  sets: readonly SetOnDisk[],
  options: DatabaseOptions,
): Promise<Sighting> {
  const wanted = [...spellingsOf(name)].map((one) => Buffer.from(one, 'latin1'))
  const known = new Map<string, readonly Omit<NamePlace, 'set'>[]>()
  const places: NamePlace[] = []
  for (const one of sets) {
    for (const file of one.files) {
      const key = keyOf(file)
      if (key === null) continue
      const found = known.get(`${key} ${file.name}`) ?? (await placesIn(one, file, wanted, options))
      known.set(`${key} ${file.name}`, found)
      places.push(...found.map((place) => ({ set: one.set, ...place })))
    }
  }
  const detecting = sets.filter(({ set }) => {
    const here = places.filter((place) => place.set === set).map(({ kind }) => kind)
    return here.includes('detection') && !here.includes('ignored')
  })
  return { sets: detecting.map(({ set }) => set), places }
}

async function placesIn(
  set: SetOnDisk,
  file: GuardedFile,
  wanted: readonly Buffer[],
  options: DatabaseOptions,
): Promise<Omit<NamePlace, 'set'>[]> {
  const found: Omit<NamePlace, 'set'>[] = []
  // The shortest spelling is part of all the others.
  const [shortest = null] = wanted.toSorted((one, other) => one.length - other.length)
  await readSet(
    set,
    (one) => one === file,
    async (_, name, pieces) => {
      const kinds = new Set<NameKind>()
      const see: SeeName = (kind, bytes, _from, _to, start, end) => {
        for (const one of wanted)
          if (end - start === one.length && bytes.compare(one, 0, one.length, start, end) === 0)
            kinds.add(kind)
      }
      await namesIn(name, pieces, see, shortest)
      const path = name === file.name ? name : `${file.name}/${name}`
      found.push(...[...kinds].map((kind) => ({ file: path, kind })))
    },
    options,
  )
  return found
}

/** Which of some names a set detects, by the name that stands in its lists; what only ignores them does not count. */
export async function namesInSet(
  names: ReadonlySet<string>,
  set: SetOnDisk,
  options: DatabaseOptions,
): Promise<Set<string>> {
  const found = new Set<string>()
  const lengths = new Set([...names].map(({ length }) => length))
  const [only = null, ...more] = names
  const holding = only === null || more.length > 0 ? null : Buffer.from(only, 'latin1')
  const see: SeeName = (kind, bytes, _from, _to, start, end) => {
    if (kind !== 'detection' || !lengths.has(end - start)) return
    const name = bytes.toString('latin1', start, end)
    if (names.has(name)) found.add(name)
  }
  await readSet(
    set,
    () => found.size < names.size,
    (_, name, pieces) => namesIn(name, pieces, see, holding),
    options,
  )
  return found
}
