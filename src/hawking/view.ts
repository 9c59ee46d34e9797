import { lstatSync, readdirSync } from 'node:fs'
import type { SetName } from '../set-name.ts'
import { type Confirming, peekConfirming } from './notices.ts'
import { type Pointer, readPointer } from './pointer.ts'
import { peekRecord } from './record-file.ts'
import {
  type AttemptRecord,
  attemptRecord,
  type Bar,
  barRecords,
  type Hold,
  holdRecords,
  type Provenance,
  provenanceRecord,
  type SourceRecord,
  sourceRecords,
} from './records.ts'
import { listSets, setDirectory } from './sets.ts'
import type { Store } from './store.ts'
import { consumersOf } from './usage.ts'

/** One set as `list` and `show` print it. */
export interface SetView {
  readonly set: SetName
  readonly directory: string
  readonly current: boolean
  readonly previous: boolean
  /** Product codes that `usage.dat` lists under it. */
  readonly consumers: readonly string[]
  /** Null when nobody wrote it down, as for a set that was copied by hand. */
  readonly provenance: Provenance | null
  readonly bytes: number
  readonly files: number
  /** RFC 3339; without provenance the time of the folder. */
  readonly stagedAt: string | null
  /** The hold on it, ended ones included. */
  readonly held: Hold | null
  readonly barred: Bar | null
}

/** Everything `status`, `list` and `show` need of a store. */
export interface StoreView {
  readonly pointer: Pointer
  /** Newest first. */
  readonly sets: readonly SetView[]
  /** The section of `usage.dat` that lists our product: which set it is registered for. */
  readonly registered: string | null
  readonly holds: readonly Hold[]
  readonly bars: readonly Bar[]
  /** The set that is being confirmed; null when none is. */
  readonly confirming: Confirming | null
  readonly attempt: AttemptRecord | null
  readonly sources: Readonly<Record<string, SourceRecord>>
  /** Entries of the quarantine; 0 too when it may not be looked into. */
  readonly quarantined: number
}

/**
 * Reads a store once, without the lock and without changing it. Never throws: a store that is not there, or
 * whose files make no sense, is an empty one.
 */
export async function readStoreView(store: Store, product: { readonly name: string }): Promise<StoreView> {
  const [pointer, names, usage, holds, bars, confirming, attempt, sources] = await Promise.all([
    readPointer(store),
    listSets(store).catch(() => []),
    consumersOf(store).catch(() => new Map<string, readonly string[]>()),
    peekRecord(store, holdRecords),
    peekRecord(store, barRecords),
    peekConfirming(store),
    peekRecord(store, attemptRecord),
    peekRecord(store, sourceRecords),
  ])
  const sets = await Promise.all(
    names.map(async (set) => {
      const size = await sizeUp(store, set)
      return {
        set,
        directory: setDirectory(store, set),
        current: set === pointer.current,
        previous: set === pointer.previous,
        consumers: usage.get(set) ?? [],
        ...size,
        held: holds.find((hold) => hold.set === set) ?? null,
        barred: bars.find((bar) => bar.set === set && isForContents(bar, size.provenance)) ?? null,
      }
    }),
  )
  const registered = [...usage].find(([, consumers]) => consumers.includes(product.name))?.[0] ?? null
  return {
    pointer,
    sets,
    registered,
    holds,
    bars,
    confirming: confirming?.set === pointer.current ? confirming : null,
    attempt,
    sources,
    quarantined: countIn(store.quarantine),
  }
}

/** A bar on other contents of the same name says nothing of these. */
function isForContents({ contents }: Bar, provenance: Provenance | null): boolean {
  const own = provenance?.contents ?? null
  return contents == null || own === null || contents === own
}

function countIn(folder: string): number {
  try {
    return readdirSync(folder).length
  } catch {
    return 0
  }
}

type Size = Pick<SetView, 'provenance' | 'bytes' | 'files' | 'stagedAt'>

async function sizeUp(store: Store, set: SetName): Promise<Size> {
  const provenance = await peekRecord(store, provenanceRecord(set))
  // Ninety sets of some dozen files each: what was written down when they were staged spares the looking.
  if (provenance) {
    const { bytes, files, stagedAt } = provenance
    return { provenance, bytes, files, stagedAt }
  }
  const directory = setDirectory(store, set)
  try {
    // Without the thread pool, which takes ten times as long for so many small questions.
    const entries = readdirSync(directory, { withFileTypes: true, recursive: true })
    const files = entries.filter((entry) => entry.isFile())
    const bytes = files.reduce((sum, file) => sum + lstatSync(`${file.parentPath}/${file.name}`).size, 0)
    return { provenance, bytes, files: files.length, stagedAt: lstatSync(directory).mtime.toISOString() }
  } catch {
    return { provenance, bytes: 0, files: 0, stagedAt: null }
  }
}
