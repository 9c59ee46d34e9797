import type { Config } from '../config/config.ts'
import { parseDuration } from '../config/measure.ts'
import type { Context } from '../context.ts'
import { withLock } from '../disk/lock.ts'
import { DefsError } from '../error.ts'
import { readPointer } from '../hawking/pointer.ts'
import { prepareStore } from '../hawking/prepare.ts'
import { type Hold, isHeld } from '../hawking/records.ts'
import { listSets } from '../hawking/sets.ts'
import { readHolds, writeHolds } from '../hawking/state.ts'
import { unknownSet } from '../hawking/unknown-set.ts'
import type { SetName } from '../set-name.ts'
import { readMoment } from '../text/moment.ts'
import { beginRun, type Run } from '../update/run.ts'

/** What the caller of `unhold` asks for. */
export interface UnholdRequest {
  /** Null for the current one. */
  readonly set: SetName | null
  readonly user: string
  /** Milliseconds to wait for another run to end. */
  readonly lockWait: number
}

/** What the caller of `hold` asks for. */
export interface HoldRequest extends UnholdRequest {
  /** As typed, see {@link readUntil}; null for no end. */
  readonly until: string | null
  readonly reason: string | null
}

/** The outcome of `hold`. */
export interface HoldResult {
  readonly set: SetName
  /** RFC 3339, UTC. */
  readonly until: string | null
  readonly reason: string | null
  readonly user: string
  readonly events: readonly number[]
}

/** The outcome of `unhold`. */
export interface UnholdResult {
  readonly set: SetName
  /** False when the set was not held. */
  readonly released: boolean
  readonly events: readonly number[]
}

/**
 * Protects a set from pruning and, while it is current, from being replaced. A hold on the same set before is
 * replaced, holds that have ended are dropped.
 * @throws USAGE_ARGUMENT for an end that is none; STORE_UNKNOWN_SET, STORE_NO_DEFINITIONS, STORE_*
 */
export async function hold(request: HoldRequest, config: Config, context: Context): Promise<HoldResult> {
  const { reason, user } = request
  const until = request.until === null ? null : readUntil(request.until, context.now()).toISOString()
  return onHolds(request, config, context, async (others, set, run) => {
    await assertOnDisk(set, run)
    const made: Hold = { set, at: context.now().toISOString(), until, reason, user }
    await writeHolds(run.store, [...others, made])
    const why = reason === null ? {} : { reason }
    run.report('set.held', { set, user, ...why, ...(until === null ? {} : { until }) })
    return { set, until, reason, user, events: run.events }
  })
}

/**
 * Releases a held set; one that is gone from the disk, too.
 * @throws STORE_UNKNOWN_SET for a set that is neither held nor on disk; STORE_NO_DEFINITIONS, STORE_*
 */
export async function unhold(
  request: UnholdRequest,
  config: Config,
  context: Context,
): Promise<UnholdResult> {
  return onHolds(request, config, context, async (others, set, run, held) => {
    if (!held) await assertOnDisk(set, run)
    await writeHolds(run.store, others)
    if (held) run.report('set.released', { set, user: request.user })
    return { set, released: held, events: run.events }
  })
}

/** Works on the holds under the lock; `others` are those that still count, without the set's own. */
async function onHolds<T>(
  request: Pick<UnholdRequest, 'set' | 'lockWait'>,
  config: Config,
  context: Context,
  work: (others: readonly Hold[], set: SetName, run: Run, held: boolean) => Promise<T>,
): Promise<T> {
  const run = beginRun(config, context, { timeout: null, force: false })
  const { current } = await readPointer(run.store)
  // Nothing is made where there is no store yet.
  if (current === null && (await listSets(run.store)).length === 0) {
    throw new DefsError('STORE_NO_DEFINITIONS', "no set is on disk: run 'defs update'")
  }
  const set = request.set ?? current
  if (set === null) throw new DefsError('STORE_POINTER', "no set is current: run 'defs verify --repair'")
  await prepareStore(run.store, config.store.group)
  return withLock(run.store, { wait: request.lockWait, context }, async () => {
    const now = context.now()
    const holds = (await readHolds(run.store)).filter((one) => isHeld(one, now))
    const others = holds.filter((one) => one.set !== set)
    return work(others, set, run, others.length < holds.length)
  })
}

async function assertOnDisk(set: SetName, run: Run): Promise<void> {
  const sets = await listSets(run.store)
  if (!sets.includes(set)) throw unknownSet(set, sets)
}

// An end without a zone would mean another moment to whoever is elsewhere.
const dayOrZoned = /^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/i

/**
 * The end of a hold as it was typed: a day (its start, UTC), an RFC 3339 moment, or a duration from now.
 * @throws USAGE_ARGUMENT when it is none of these, or not ahead
 */
export function readUntil(text: string, now: Date): Date {
  const until = endOf(text.trim(), now)
  if (until === null) {
    throw new DefsError('USAGE_ARGUMENT', `'${text}' is no date: write 2026-12-31, an RFC 3339 time or 7d`)
  }
  if (until.getTime() > now.getTime()) return until
  throw new DefsError('USAGE_ARGUMENT', `${until.toISOString()} is past: an end lies in the future`)
}

function endOf(text: string, now: Date): Date | null {
  const duration = parseDuration(text)
  if (duration !== null) return real(new Date(now.getTime() + duration))
  return dayOrZoned.test(text) ? (readMoment(text, 'start') ?? null) : null
}

function real(date: Date): Date | null {
  return Number.isNaN(date.getTime()) ? null : date
}
