import type { Config } from '../config/config.ts'
import { nextRuns, type Run } from './next-runs.ts'

import { dayLength } from './calendar.ts'

/** Runs that are shown even when they lie further ahead than a day. */
const least = 10

/** More than one run a minute for a day is no schedule; a list must end somewhere. */
const most = 1440

/** The runs of the next 24 hours; the next ten when those are fewer. @throws USAGE_ARGUMENT for an unknown time zone */
export function comingRuns(
  { schedule, timeZone }: Pick<Config, 'schedule' | 'timeZone'>,
  host: string,
  now: Date,
): Run[] {
  const place = { timeZone, host }
  const until = new Date(now.getTime() + dayLength)
  const day = nextRuns(schedule, now, { ...place, count: most, until })
  return day.length >= least ? day : nextRuns(schedule, now, { ...place, count: least, until: null })
}
