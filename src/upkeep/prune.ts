import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { withLock } from '../disk/lock.ts'
import { prepareStore } from '../hawking/prepare.ts'
import { type PruneChoice, type PruneRule, planPrune, prune as removeOld } from '../hawking/prune.ts'
import { listSets } from '../hawking/sets.ts'
import { readStoreView } from '../hawking/view.ts'
import type { SetName } from '../set-name.ts'
import { protectedSets } from '../update/recover/housekeeping.ts'
import { inspectSet } from '../update/recover/inspect.ts'
import { beginRun, type Run } from '../update/run.ts'

/** What the caller of `prune` asks for. */
export interface PruneRequest {
  readonly dryRun: boolean
  /** Sets that stay in all; null for `store.keep`. */
  readonly keep: number | null
  /** Milliseconds; sets dated longer ago go too. Null for no such bound. */
  readonly olderThan: number | null
  /** Milliseconds to wait for another run to end. */
  readonly lockWait: number
}

/** The outcome of `prune` (docs/contract.md section 3). */
export interface PruneResult {
  readonly removed: readonly SetName[]
  readonly kept: PruneChoice['kept']
  readonly dryRun: boolean
}

/**
 * Removes old sets by count and age, but never one that is current, previous, in use or held, nor the newest one
 * that verifies: should the current one be damaged, that is what the ladder falls back to.
 * @throws STORE_BUSY, STORE_*; TRUST_ANCHORS
 */
export async function prune(request: PruneRequest, config: Config, context: Context): Promise<PruneResult> {
  const run = beginRun(config, context, { timeout: null, force: false })
  const { dryRun, lockWait: wait } = request
  // Without a set there may be no store either, and none is to be made.
  if ((await listSets(run.store)).length === 0) return { removed: [], kept: [], dryRun }
  if (dryRun) return describe(await planPrune(run.store, await ruleFor(request, run)), dryRun)
  await prepareStore(run.store, config.store.group)
  return withLock(run.store, { wait, context }, async () => {
    return describe(await pruneUnderLock(request, run), dryRun)
  })
}

function describe({ remove, kept }: PruneChoice, dryRun: boolean): PruneResult {
  return { removed: remove, kept, dryRun }
}

/** The same as a part of a run that has the lock. @throws STORE_* */
export async function pruneUnderLock(
  bounds: Pick<PruneRequest, 'keep' | 'olderThan'>,
  run: Run,
): Promise<PruneChoice> {
  return removeOld(run.store, await ruleFor(bounds, run))
}

async function ruleFor(
  { keep, olderThan }: Pick<PruneRequest, 'keep' | 'olderThan'>,
  run: Run,
): Promise<PruneRule> {
  const { config, context, scanner, store } = run
  const now = context.now()
  const { sets, holds } = await readStoreView(store, config.product)
  const further = protectedSets(holds, await scanner.inUse(), now)
  const before = olderThan === null ? null : new Date(now.getTime() - olderThan)
  const rule = { keep: keep ?? config.store.keep, before, further }
  // Verifying reads whole sets: only when something would go.
  if ((await planPrune(store, rule)).remove.length === 0) return rule
  const names = sets.map(({ set }) => set)
  const good = await newestGood(names, run)
  // When nothing verifies, the fault is rather with the anchors or the disk: that is no moment to remove anything.
  const kept =
    good === null ? names.map((set) => [set, 'no set verifies'] as const) : [[good, 'newest good'] as const]
  return { ...rule, further: new Map([...kept, ...further]) }
}

/** The newest of the sets that is authentic as it lies on disk; null when none is. */
async function newestGood(sets: readonly SetName[], run: Run): Promise<SetName | null> {
  for (const set of sets) if ((await inspectSet(set, run)).proved) return set
  return null
}
