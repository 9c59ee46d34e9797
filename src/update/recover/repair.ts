import type { Config } from '../../config/config.ts'
import type { Context } from '../../context.ts'
import { kindAt } from '../../disk/atomic-file.ts'
import { withLock } from '../../disk/lock.ts'
import { type DefsError, isDefsError } from '../../error.ts'
import { readPointer } from '../../hawking/pointer.ts'
import { prepareStore } from '../../hawking/prepare.ts'
import { listSets, setDirectory } from '../../hawking/sets.ts'
import { peekProvenance } from '../../hawking/state.ts'
import type { SetName } from '../../set-name.ts'
import { notifyScanner, renotify } from '../activate/hand-over.ts'
import { routeOf } from '../route.ts'
import { beginRun, type Run } from '../run.ts'
import { verifiedState } from '../state.ts'
import { deliver, updateFrom } from '../update.ts'
import { isDamaged, quarantineSets, recoverInterrupted } from './housekeeping.ts'
import { type Inspected, inspectSet } from './inspect.ts'
import { type LadderResult, type Look, nothingHelped, runFailureLadder } from './ladder.ts'
import {
  copyProblems,
  gravestOf,
  judgeSets,
  type SetVerdict,
  storeProblems,
  type VerifyRequest,
  type VerifyResult,
  verdictOf,
} from './verify.ts'

/**
 * `verify --repair`: finds what {@link verify} finds, then walks the failure ladder to its end, the download
 * included. The verdicts are those from before the repair, then that of the set that is current now.
 * @throws STORE_UNKNOWN_SET, STORE_*, SCANNER_REFUSED, TRUST_ANCHORS, INTERRUPTED
 */
export async function repair(
  request: VerifyRequest,
  config: Config,
  context: Context,
  lockWait: number,
): Promise<VerifyResult> {
  const run = beginRun(config, context, { timeout: null, force: false })
  await prepareStore(run.store, config.store.group)
  return withLock(run.store, { wait: lockWait, context }, async () => {
    const looked = new Map<SetName, Inspected>()
    const look = async (set: SetName) => {
      const found = looked.get(set) ?? (await inspectSet(set, run))
      looked.set(set, found)
      return found
    }
    const before = await judgeSets(request, run, look)
    await recoverInterrupted(run)
    // What mending moved in was missing before.
    for (const [set, { proved }] of looked) if (!proved) looked.delete(set)
    const ladder = await runFailureLadder(run, look, true)
    const failure = await download(ladder, run)
    if (ladder.step === 'sound') await mendCopy(ladder, run)
    const left = failure || ladder.step === 'off' ? [] : await setAsideOthers(before, look, run)
    return describeRepair({ before, ladder, failure, left }, run)
  })
}

/** The silent LiveUpdate when nothing on disk is good; null when it helped or was not needed. */
async function download(ladder: LadderResult, run: Run): Promise<DefsError | null> {
  if (ladder.step !== 'empty') return null
  try {
    const state = await verifiedState(run, { force: false, allow: null }, ladder)
    await deliver({ route: routeOf(run.config, null), ask: updateFrom }, state, ladder, run)
    return null
  } catch (error) {
    if (isDefsError(error, 'STORE_NO_DEFINITIONS')) return error
    // No source is configured: nothing could be tried.
    if (isDefsError(error, 'CONFIG_INVALID')) return nothingHelped(error, ladder, run)
    throw error
  }
}

async function mendCopy({ current }: LadderResult, run: Run): Promise<void> {
  if (!current) return
  if ((await copyProblems(current.set, run)).length === 0) return renotify(current, run)
  const { previous } = await readPointer(run.store)
  await notifyScanner({ set: current.set, directory: current.directory, previous }, run)
}

/** Moves away the bad sets that were asked about beside the current one; returns those that stay as they are. */
async function setAsideOthers(before: readonly SetVerdict[], look: Look, run: Run): Promise<SetVerdict[]> {
  const { current } = await readPointer(run.store)
  const left: Inspected[] = []
  for (const { set, ok } of before) {
    if (ok || set === current) continue
    // What was mended meanwhile is good now.
    const found = await look(set)
    if (found.proved) continue
    if (isDamaged(found)) await quarantineSets([found], run)
    left.push(found)
  }
  const onDisk = await listSets(run.store)
  return left.filter(({ set }) => onDisk.includes(set)).map((found) => verdictOf(found, []))
}

interface Repaired {
  readonly before: readonly SetVerdict[]
  readonly ladder: LadderResult
  readonly failure: DefsError | null
  /** Bad sets beside the current one that could not be moved away. */
  readonly left: readonly SetVerdict[]
}

async function describeRepair({ before, ladder, failure, left }: Repaired, run: Run): Promise<VerifyResult> {
  const { current } = await readPointer(run.store)
  const beside = failure || ladder.step === 'off' ? [] : await storeProblems(run)
  const now = await verdictNow(current, beside, run)
  const sets = now && !before.some(({ set }) => set === now.set) ? [now, ...before] : before
  const found = before.length === 0 || before.some(({ ok }) => !ok) || ladder.step !== 'sound'
  const off = `product.version ${run.config.product.version} replaces no bad set by itself: run 'defs update' or 'defs rollback'`
  const error = failure ?? (ladder.step === 'off' ? gravestOf(before, off) : now && gravestOf([now, ...left]))
  return {
    sets,
    repaired: found && error === null,
    // One that was moved away is named by the pointer still.
    current: now?.set ?? null,
    events: run.events,
    error,
    rolledBack: ladder.step === 'went-back',
  }
}

/** The current set was proved or staged in this run; only what lies beside it can still be wrong. */
async function verdictNow(
  current: SetName | null,
  problems: SetVerdict['problems'],
  run: Run,
): Promise<SetVerdict | null> {
  if (current === null || (await kindAt(setDirectory(run.store, current))) === 'nothing') return null
  const provenance = await peekProvenance(run.store, current)
  return { set: current, ok: problems.length === 0, problems, signedBy: provenance?.signer.name ?? null }
}
