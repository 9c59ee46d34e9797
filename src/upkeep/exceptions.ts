import type { Config } from '../config/config.ts'
import { type Lineage, lineages, lineagesFrom } from '../config/lineage.ts'
import type { Context } from '../context.ts'
import { withLock } from '../disk/lock.ts'
import { DefsError, isDefsError } from '../error.ts'
import { type Exception, isInForce, readExceptions, writeExceptions } from '../hawking/line/exceptions.ts'
import { readFamily } from '../hawking/line/family.ts'
import { prepareStore } from '../hawking/prepare.ts'
import { isHeld } from '../hawking/records.ts'
import type { SetName } from '../set-name.ts'
import type { Authentic } from '../trust/authentic.ts'
import { finishConfirming } from '../update/activate/finish-confirming.ts'
import { matchesIn } from '../update/except/edit-set.ts'
import { type ExceptionId, readExceptionId } from '../update/except/exception-id.ts'
import { forgetJudged } from '../update/except/exceptions.ts'
import { restageIfDue } from '../update/except/restage.ts'
import { recoverInterrupted } from '../update/recover/housekeeping.ts'
import { beginRun, type Run } from '../update/run.ts'
import { type VerifiedState, verifiedState } from '../update/state.ts'
import { readUntil } from './hold.ts'

/** What the caller of `exceptions remove` asks for. */
export interface ExceptionRequest {
  /** As typed. */
  readonly id: string
  /** Whether a new set is made at once. */
  readonly now: boolean
  readonly user: string
  /** Milliseconds to wait for another run to end. */
  readonly lockWait: number
}

/** What the caller of `exceptions add` asks for. */
export interface NewException extends ExceptionRequest {
  readonly reason: string
  /** As typed, see {@link readUntil}; null for no end. */
  readonly until: string | null
}

/** The outcome of `exceptions add` and `remove`. */
export interface ExceptionResult {
  readonly exception: Exception
  /** Whether the current set is made with the exceptions as they are now. */
  readonly inForce: boolean
  readonly changed: boolean
  readonly previous: SetName | null
  readonly current: SetName | null
  /** Why it is not in force yet, or matches nothing; null when all is as it was asked for. */
  readonly warning: string | null
  readonly events: readonly number[]
}

/**
 * Excepts one signature, sid, group or rule from what the sets of a store detect, from the next set on or at once.
 * One for the same thing is replaced. What matches nothing is kept all the same, and told.
 * @throws USAGE_ARGUMENT for no reason, an end that is none, or what no set of this store can name; GATE_REFUSED,
 *   SCANNER_REFUSED when the new set is refused: the exception is kept, what was current still is; STORE_*
 */
export async function addException(
  request: NewException,
  config: Config,
  context: Context,
): Promise<ExceptionResult> {
  const { reason, user } = request
  if (reason.trim() === '') throw new DefsError('USAGE_ARGUMENT', '--reason must say something')
  const until = request.until === null ? null : readUntil(request.until, context.now()).toISOString()
  return onExceptions(request, config, context, async (wanted, before, state, run) => {
    const matches = state.current && (await matchesIn(state.current, wanted, run))
    const made: Exception = { ...wanted, reason, until, at: context.now().toISOString(), user, matches }
    await writeExceptions(run.store, [...before.filter(({ id }) => id !== wanted.id), made])
    run.report('exception.added', { path: made.id, reason, user, ...(until === null ? {} : { until }) })
    const set = state.current?.set
    const none =
      matches === false ? `'${made.id}' is in nothing that ${set} detects: is that its name?` : null
    return { exception: made, warning: none }
  })
}

/** Takes an exception back. @throws USAGE_ARGUMENT when there is none; as {@link addException} */
export async function removeException(
  request: ExceptionRequest,
  config: Config,
  context: Context,
): Promise<ExceptionResult> {
  return onExceptions(request, config, context, async (wanted, before, _, run) => {
    const found = before.find(({ id }) => id === wanted.id)
    if (!found) {
      const known = before.map(({ id }) => id).join(', ') || 'none'
      throw new DefsError('USAGE_ARGUMENT', `there is no exception for '${wanted.id}' (there: ${known})`)
    }
    await writeExceptions(
      run.store,
      before.filter((one) => one !== found),
    )
    run.report('exception.removed', { path: found.id, user: request.user })
    return { exception: found, warning: null }
  })
}

/** Changes the exceptions under the lock and, when asked to, makes a set with them. */
async function onExceptions(
  { id, now, lockWait }: ExceptionRequest,
  config: Config,
  context: Context,
  work: (
    wanted: ExceptionId,
    before: readonly Exception[],
    state: VerifiedState,
    run: Run,
  ) => Promise<Pick<ExceptionResult, 'exception' | 'warning'>>,
): Promise<ExceptionResult> {
  const run = beginRun(config, context, { timeout: null, force: false })
  // What no set could name is refused before a store is made for it.
  const wanted = readExceptionId(id, await lineageOf(run))
  await prepareStore(run.store, config.store.group)
  return withLock(run.store, { wait: lockWait, context }, async () => {
    await recoverInterrupted(run)
    const state = await verifiedState(run, { force: false, allow: null }, null)
    const before = await readExceptions(run.store)
    const { exception, warning } = await work(wanted, before, state, run)
    await forgetJudged(run)
    const done = now ? await atOnce(state, run) : { taken: null, later: null }
    const { current } = state
    return {
      exception,
      inForce: now && done.later === null && isInForce(exception, context.now()),
      changed: done.taken !== null,
      previous: current?.set ?? null,
      current: done.taken?.set ?? current?.set ?? null,
      warning: [warning, done.later].filter((text) => text !== null).join('; ') || null,
      events: run.events,
    }
  })
}

async function atOnce(
  state: VerifiedState,
  run: Run,
): Promise<{ readonly taken: Authentic | null; readonly later: string | null }> {
  const { current, holds, now } = state
  if (!current) return { taken: null, later: 'no set is current: it goes into the first one' }
  if (holds.some((hold) => hold.set === current.set && isHeld(hold, now)))
    return { taken: null, later: `${current.set} is held: it goes into the set that follows` }
  try {
    const outcome = await restageIfDue(state, true, run)
    const back = await finishConfirming('wait', run)
    if (back) throw back.why
    return { taken: outcome?.taken ?? null, later: null }
  } catch (error) {
    if (!isDefsError(error, 'GATE_REFUSED', 'SCANNER_REFUSED')) throw error
    const text = `${error.message}; the exceptions are kept as they are now, and go into the next set`
    throw new DefsError(error.code, text, { ...error.facts, cause: error.cause, events: run.events })
  }
}

/** What the sets of a store are for: as it remembers, else as its sources tell. @throws USAGE_ARGUMENT */
async function lineageOf({ store, config }: Run): Promise<Lineage> {
  const record = await readFamily(store)
  if (record) return record.lineage
  const sources = [...config.sources.values()]
  const possible = sources.reduce<readonly Lineage[]>(
    (left, source) => left.filter((lineage) => lineagesFrom(source).includes(lineage)),
    lineages,
  )
  const [only, ...others] = possible
  if (only !== undefined && others.length === 0 && sources.length > 0) return only
  const text = "nothing tells yet what the sets of this store are for: run 'defs update' first"
  throw new DefsError('USAGE_ARGUMENT', text)
}
