import { removeFolder } from '../disk/atomic-file.ts'
import { isHeldOpen } from '../disk/rename.ts'
import { storeError } from '../error.ts'
import { dateOf, type SetName } from '../set-name.ts'
import { readPointer } from './pointer.ts'
import { listSets, setDirectory, setOfFolder } from './sets.ts'
import { removeProvenance } from './state.ts'
import type { Store } from './store.ts'
import { consumersOf } from './usage.ts'

/** Which sets go and which stay, with the reason. */
export interface PruneChoice {
  readonly remove: readonly SetName[]
  readonly kept: readonly { readonly set: SetName; readonly why: string }[]
}

/** How much may stay. */
export interface PruneRule {
  /** Sets that stay in all, the protected ones included. */
  readonly keep: number
  /** Sets dated before this day go whatever their number; null for no such bound. */
  readonly before?: Date | null
  /** Sets to protect beside those that `definfo.dat` and `usage.dat` name, each with the reason. */
  readonly further?: ReadonlyMap<SetName, string>
}

/**
 * Chooses what to prune: protected sets stay whatever their number and age, then the newest ones until `keep`
 * sets stay in all, as far as they are not too old. Pure.
 * @param sets newest first
 * @param protectedSets each with the reason
 */
export function choosePrune(
  sets: readonly SetName[],
  keep: number,
  protectedSets: ReadonlyMap<SetName, string>,
  before: Date | null = null,
): PruneChoice {
  const why = new Map(sets.flatMap((set) => entryOf(set, protectedSets.get(set))))
  for (const set of sets) {
    const young = before === null || dateOf(set) >= before
    if (young && why.size < keep && !why.has(set)) why.set(set, 'newest')
  }
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
 * @throws STORE_*
 */
export async function planPrune(store: Store, rule: PruneRule): Promise<PruneChoice> {
  const { keep, before = null, further = new Map() } = rule
  const sets = await listSets(store)
  const pointer = await readPointer(store)
  if (pointer.current === null)
    return choosePrune(sets, keep, new Map(sets.map((set) => [set, 'no pointer'])))
  const reasons = new Map<SetName, string>(further)
  for (const [section, consumers] of await consumersOf(store)) {
    const set = setOfFolder(section)
    if (set) reasons.set(set, `used by ${consumers.join(', ')}`)
  }
  if (pointer.previous !== null) reasons.set(pointer.previous, 'previous')
  reasons.set(pointer.current, 'current')
  return choosePrune(sets, keep, reasons, before)
}

/**
 * Removes what {@link planPrune} chooses, each set with its provenance and never by halves. On Windows a set that a
 * scanner has open stays. @throws STORE_*
 */
export async function prune(store: Store, rule: PruneRule): Promise<PruneChoice> {
  const choice = await planPrune(store, rule)
  const open: SetName[] = []
  for (const set of choice.remove) {
    if (await removeSet(store, set)) await removeProvenance(store, set)
    else open.push(set)
  }
  return {
    remove: choice.remove.filter((set) => !open.includes(set)),
    kept: [...choice.kept, ...open.map((set) => ({ set, why: 'open in another program' }))],
  }
}

/** False for a set that another program has open. */
async function removeSet(store: Store, set: SetName): Promise<boolean> {
  const directory = setDirectory(store, set)
  try {
    await removeFolder(directory)
    return true
  } catch (error) {
    if (isHeldOpen(error)) return false
    throw storeError(error, `removing ${directory}`)
  }
}
