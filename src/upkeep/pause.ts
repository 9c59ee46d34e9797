import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { makeEvent } from '../event/make-event.ts'
import { pauseRecord, type SchedulePause, schedulePause } from '../hawking/observations.ts'
import { prepareStore } from '../hawking/prepare.ts'
import { peekRecord, writeRecord } from '../hawking/record-file.ts'
import { openStore } from '../hawking/store.ts'
import { readUntil } from './hold.ts'

/** What the caller of `schedule pause` asks for. */
export interface PauseRequest {
  /** As typed: a day, a moment or a duration; null for no end. */
  readonly until: string | null
  readonly reason: string | null
  readonly user: string
}

/**
 * Stops updates by schedule without losing it: the daemon, and the timers that `defs schedule --export` makes, do
 * nothing by it until the pause ends. A pause before is replaced. Checks of the store go on.
 * @throws USAGE_ARGUMENT for an end that is none; STORE_*
 */
export async function pauseSchedule(
  { until, reason, user }: PauseRequest,
  config: Config,
  context: Context,
): Promise<SchedulePause> {
  const now = context.now()
  const end = until === null ? null : readUntil(until, now).toISOString()
  const store = openStore(config.store.root, config.store.layout)
  await prepareStore(store, config.store.group)
  const pause = { since: now.toISOString(), until: end, user, reason }
  await writeRecord(store, pauseRecord, pause)
  const why = reason === null ? '' : `: ${reason}`
  const told = `${end === null ? 'without an end' : `until ${end}`}, by ${user}${why}`
  tell('schedule.paused', told, user, config, context)
  return pause
}

/** Ends the pause. @returns false when there was none @throws STORE_* */
export async function resumeSchedule(user: string, config: Config, context: Context): Promise<boolean> {
  const store = openStore(config.store.root, config.store.layout)
  if ((await peekRecord(store, pauseRecord)) === null) return false
  const held = await schedulePause(store, context.now())
  await writeRecord(store, pauseRecord, null)
  if (held !== null) tell('schedule.resumed', `by ${user}`, user, config, context)
  return held !== null
}

function tell(
  name: 'schedule.paused' | 'schedule.resumed',
  reason: string,
  user: string,
  { product }: Config,
  { now, emit }: Context,
): void {
  const event = makeEvent(name, { reason, user }, { now: now(), productVersion: product.version })
  emit({ type: 'event', event })
}
