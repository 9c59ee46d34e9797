import { isHeld } from '../hawking/records.ts'
import { ageOf } from '../set-id.ts'
import { remind } from '../watch/remind.ts'
import type { Run } from './run.ts'
import type { Situated } from './situation.ts'

const day = 24 * 60 * 60 * 1000

/** Raises an alarm, once a day, while the current set is held and older than allowed: nobody else will replace it. */
export async function watchHold({ pointed, holds, now }: Situated, run: Run): Promise<void> {
  const hold = holds.find((one) => one.set === pointed && isHeld(one, now))
  if (!hold || ageOf(hold.set, now) <= run.config.maxAge) return remind('hold', null, day, run)
  const { set, reason, user, until } = hold
  const facts = { set, user, ...(reason === null ? {} : { reason }), ...(until === null ? {} : { until }) }
  await remind('hold', { about: set, again: 'at every change', event: 'hold.outdated', facts }, day, run)
}
