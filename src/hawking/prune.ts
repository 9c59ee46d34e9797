import { storeError } from '../error.ts'
import type { SetName } from '../set-id.ts'
import { removeFolder } from './folder.ts'
import { readPointer } from './pointer.ts'
import { removeProvenance } from './provenance.ts'
import { listSets, setDirectory, setOfFolder } from './sets.ts'
import type { Store } from './store.ts'
import { consumersOf } from './usage-file.ts'

/** Which sets go and which stay, with the reason. */
export interface PruneChoice {
  readonly remove: readonly SetName[]
  readonly kept: readonly { readonly set: SetName; readonly why: string }[]
}

/**
 * Chooses what to prune: protected sets stay whatever their number, then the newest ones until `keep` sets stay
 * in all. Pure.
 * @param sets newest first
 * @param protectedSets each with the reason
 */
export function choosePrune(
  sets: readonly SetName[],
  keep: number,
  protectedSets: ReadonlyMap<SetName, string>,
): PruneChoice {
  const why = new Map(sets.flatMap((set) => entryOf(set, protectedSets.get(set))))
  for (const set of sets) if (why.size < keep && !why.has(set)) why.set(set, 'newest')
  return {
    remove: sets.filter((set) => !why.has(set)),
    kept: sets.flatMap((set) => entryOf(set, why.get(set)).map(([, reason]) => ({ set, why: reason }))),
  }
}

function entryOf(set: SetName, reason: string | undefined): [SetName, string][] {
  return reason === undefined ? [] : [[set, reason]]
}

/**
 * What pruning would remove. Everything stays while `definfo.dat` cannot tell what is current. Sets that
 * `definfo.dat` or `usage.dat` names always stay (TECH84196: removing one that a product uses stops its service).
 * @param further sets to protect beside them: what the scanner uses, what is held at this moment
 * @throws STORE_*
 */
export async function planPrune(
  store: Store,
  keep: number,
  further: readonly SetName[] = [],
): Promise<PruneChoice> {
  const sets = await listSets(store)
  const pointer = await readPointer(store)
  if (pointer.current === null)
    return choosePrune(sets, keep, new Map(sets.map((set) => [set, 'no pointer'])))
  const reasons = new Map<SetName, string>(further.map((set) => [set, 'held or in use']))
  for (const [section, consumers] of await consumersOf(store)) {
    const set = setOfFolder(section)
    if (set) reasons.set(set, `used by ${consumers.join(', ')}`)
  }
  if (pointer.previous !== null) reasons.set(pointer.previous, 'previous')
  reasons.set(pointer.current, 'current')
  return choosePrune(sets, keep, reasons)
}

/** Removes what {@link planPrune} chooses, each set with its provenance and never by halves. @throws STORE_* */
export async function prune(
  store: Store,
  keep: number,
  further: readonly SetName[] = [],
): Promise<PruneChoice> {
  const choice = await planPrune(store, keep, further)
  for (const set of choice.remove) {
    const directory = setDirectory(store, set)
    await removeFolder(directory).catch((error: unknown) => {
      throw storeError(error, `removing ${directory}`)
    })
    await removeProvenance(store, set)
  }
  return choice
}
