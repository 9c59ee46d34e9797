import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import { isLeftover, removeFolder, syncFolder, temporaryFolder } from '../disk/atomic-file.ts'
import { renamePatiently } from '../disk/rename.ts'
import { DefsError, storeError } from '../error.ts'
import type { Active } from '../hawking/stage.ts'
import { limits } from '../limits.ts'
import { compareSetNames, readSetName, type SetName } from '../set-name.ts'
import { copySet, isFaithful } from './copy-set.ts'
import type { PointerPlace, Scanner, ScannerSight, ScannerStore } from './scanner.ts'

/**
 * A scanner with a folder of its own (CSAPI, product version 6.5.6 and earlier). It gets a checked copy of the set,
 * made aside and switched to by one rename of that folder's `definfo.dat`; the copy before stays.
 * @param reserve bytes that stay free on the disk of that folder
 */
export function openCsapi(path: string, store: ScannerStore, reserve: number): Scanner {
  const place: PointerPlace = { definfo: join(path, 'definfo.dat'), current: join(path, 'current') }
  const used = async () => {
    const { current } = await store.readPointer(place)
    return current !== null && (await isThere(join(path, current))) ? current : null
  }
  return {
    async handOver(active, context) {
      try {
        await take(active, { path, place, reserve }, store, context)
        return { set: active.set, proof: 'copy' }
      } catch (error) {
        if (!context.signal.aborted) throw storeError(error, `copying ${active.set} to ${path}`)
        throw new DefsError('INTERRUPTED', `interrupted while copying ${active.set} to ${path}`, {
          cause: error,
        })
      }
    },
    revive: null,
    ailment: async () => null,
    inUse: used,
    async sight(wanted): Promise<ScannerSight> {
      const { current } = await store.readPointer(place)
      const set = await used()
      const said = `${place.definfo} names ${current ?? 'no set'}${set === current ? '' : ', which is not there'}`
      return { state: set !== null && set === wanted ? 'unasked' : 'other', set, said }
    },
  }
}

async function take(
  active: Active,
  { path, place, reserve }: { path: string; place: PointerPlace; reserve: number },
  store: ScannerStore,
  context: Context,
): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 })
  await sweep(path)
  const { current, previous } = await store.readPointer(place)
  await placeCopy(active, path, reserve, context.signal)
  // Handing the same set over again must not forget what was used before it.
  const before = current === active.set ? previous : current
  const there = before !== null && before !== active.set && (await isThere(join(path, before)))
  await store.point(place, active.set, there ? before : null)
  await prune(path, [active.set, ...(there ? [before] : [])])
}

async function placeCopy(
  { set, directory }: Active,
  path: string,
  reserve: number,
  signal: AbortSignal,
): Promise<void> {
  const aside = temporaryFolder(path)
  const target = join(path, set)
  if ((await isThere(target)) && (await isFaithful(directory, target, signal))) return
  try {
    await mkdir(aside, { mode: 0o700 })
    await copySet(directory, join(aside, set), reserve, signal)
    // A damaged copy of the same set makes way only now.
    if (await isThere(target)) await renamePatiently(target, join(aside, `${set}.old`))
    await renamePatiently(join(aside, set), target)
    await syncFolder(path)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

/** What a run that was cut short left. */
async function sweep(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (isLeftover(name)) await rm(join(path, name), { recursive: true, force: true })
  }
}

async function prune(path: string, wanted: readonly SetName[]): Promise<void> {
  const sets = (await readdir(path)).flatMap((name) => (readSetName(name) === name ? (name as SetName) : []))
  const others = sets.filter((set) => !wanted.includes(set)).sort((a, b) => compareSetNames(b, a))
  for (const set of others.slice(Math.max(0, limits.scannerCopies - wanted.length))) {
    await removeFolder(join(path, set))
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
