import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { withLock } from '../disk/lock.ts'
import { DefsError } from '../error.ts'
import { activate } from '../hawking/activate.ts'
import { readFamily } from '../hawking/line/family.ts'
import { readPointer } from '../hawking/pointer.ts'
import { prepareStore } from '../hawking/prepare.ts'
import type { Bar } from '../hawking/records.ts'
import { listSets } from '../hawking/sets.ts'
import { peekProvenance, readBars, writeBars } from '../hawking/state.ts'
import { unknownSet } from '../hawking/unknown-set.ts'
import { compareSetNames, type SetName } from '../set-name.ts'
import type { Authentic } from '../trust/authentic.ts'
import { handOver } from '../update/activate/hand-over.ts'
import { barsBeside } from '../update/contents.ts'
import { isOfFamily, refuseOtherFamily, rememberFamily } from '../update/family.ts'
import { recoverInterrupted } from '../update/recover/housekeeping.ts'
import { type Inspected, inspectSet } from '../update/recover/inspect.ts'
import { beginRun, type Run } from '../update/run.ts'

/** What the caller of `rollback` asks for. */
export interface RollbackRequest {
  /** Null for the previous good one. */
  readonly set: SetName | null
  readonly reason: string
  readonly user: string
  /** Milliseconds to wait for another run to end. */
  readonly lockWait: number
}

/** The outcome of `rollback` (docs/contract.md section 3). */
export interface RollbackResult {
  /** Null when nothing was current. */
  readonly from: SetName | null
  readonly to: SetName
  readonly reason: string
  readonly events: readonly number[]
}

/**
 * Makes an earlier set current again: proved first, then a pointer is moved and nothing copied. The set that is
 * left is barred when it is the newer one, or the next update would bring it straight back. A hold does not
 * stand in the way: it protects from updates and pruning, not from the admin.
 * @throws STORE_UNKNOWN_SET when the set is not on disk, or there is none to go back to; USAGE_ARGUMENT when it is
 * current already; TRUST_*, ARCHIVE_* or STORE_* when it is bad, with nothing changed; SCANNER_REFUSED
 */
export async function rollback(
  request: RollbackRequest,
  config: Config,
  context: Context,
): Promise<RollbackResult> {
  if (request.reason.trim() === '') throw new DefsError('USAGE_ARGUMENT', '--reason must say something')
  const run = beginRun(config, context, { timeout: null, force: false })
  if ((await listSets(run.store)).length === 0) {
    throw new DefsError('STORE_NO_DEFINITIONS', "no set is on disk: run 'defs update'")
  }
  await prepareStore(run.store, config.store.group)
  return withLock(run.store, { wait: request.lockWait, context }, async () => {
    await recoverInterrupted(run)
    const { current: from } = await readPointer(run.store)
    const good = await findGood(request.set, from, run)
    const barsBefore = await readBars(run.store)
    // Barred before it is left: a crash in between must not let the next update bring it back.
    await writeBars(run.store, await barsAfter(barsBefore, from, good.set, request, run))
    try {
      await moveTo(good, from, request, run)
    } catch (error) {
      if ((await readPointer(run.store)).current !== good.set) await writeBars(run.store, barsBefore)
      throw error
    }
    return { from, to: good.set, reason: request.reason, events: run.events }
  })
}

async function moveTo(
  good: Authentic,
  from: SetName | null,
  { reason, user }: RollbackRequest,
  run: Run,
): Promise<void> {
  const active = await activate(good, run.store, run.config.product)
  await rememberFamily(good, 'rollback', run)
  run.report('rolled-back.by-hand', {
    set: active.set,
    path: active.directory,
    previous: from,
    reason,
    user,
  })
  await handOver(active, run)
}

async function barsAfter(
  bars: readonly Bar[],
  from: SetName | null,
  to: SetName,
  { reason, user }: RollbackRequest,
  { context, store }: Run,
): Promise<readonly Bar[]> {
  const others = bars.filter(({ set }) => set !== to)
  if (from === null) return others
  if (compareSetNames(from, to) < 0) return others.filter(({ set }) => set !== from)
  const contents = (await peekProvenance(store, from))?.contents ?? null
  const bar = { set: from, at: context.now().toISOString(), reason, user, contents }
  return [...barsBeside(others, bar), bar]
}

/** The first good one of the sets that may be meant. @throws the reason why there is none */
async function findGood(named: SetName | null, from: SetName | null, run: Run): Promise<Authentic> {
  const sets = await listSets(run.store)
  if (named !== null && named === from) {
    throw new DefsError('USAGE_ARGUMENT', `${named} is current already`)
  }
  if (named !== null && !sets.includes(named)) throw unknownSet(named, sets)
  const barred = (await readBars(run.store)).map(({ set }) => set)
  const { previous } = await readPointer(run.store)
  const candidates = named === null ? backTo(from, previous, sets, barred) : [named]
  let bad: Inspected | null = null
  for (const set of candidates) {
    const found = await inspectSet(set, run)
    const { proved } = found
    // Only what was written down: what is current may be the very mistake that is to be undone.
    if (proved && named !== null && (await readFamily(run.store)))
      await refuseOtherFamily(proved.files, set, null, run)
    if (proved && (named !== null || (await isOfFamily(proved, run)))) return proved
    bad ??= proved ? null : found
  }
  if (bad) throw badTarget(bad)
  const text = `there is no earlier set to go back to (on disk: ${sets.join(', ')})`
  throw new DefsError('STORE_UNKNOWN_SET', text)
}

function badTarget({ set, problems }: Inspected): DefsError {
  const text = `${set} does not verify, nothing was changed`
  return new DefsError(problems[0]?.code ?? 'BUG', text, {
    path: set,
    problems: problems.map(({ file, code, message }) => `${file ?? set}: ${code}: ${message}`),
  })
}

/**
 * The sets to go back to, in the order in which they are tried: the previous one, when it is an earlier one, then
 * the others that are, newest first. Barred ones are none: somebody went back from them. Pure.
 * @param from the set that is left; null when nothing tells, and then all are earlier
 */
function backTo(
  from: SetName | null,
  previous: SetName | null,
  sets: readonly SetName[],
  barred: readonly SetName[],
): SetName[] {
  return sets
    .filter((set) => !barred.includes(set) && (from === null || compareSetNames(set, from) < 0))
    .toSorted((a, b) => Number(b === previous) - Number(a === previous) || compareSetNames(b, a))
}
