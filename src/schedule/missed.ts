import type { ScheduleConfig } from '../config/config.ts'
import { jitterOf } from './jitter.ts'
import { jobOf } from './job.ts'
import type { Place, Run } from './next-runs.ts'
import { ruleOf } from './rule.ts'
import { slotUpTo } from './slots.ts'
import { wallClock } from './wall-clock.ts'

/**
 * The latest run that should have started after `lastRun` and up to `now`, while the machine was off or the
 * daemon down; null when none was missed. However many were missed, one catches up. Without a last run the
 * latest one of the schedule counts as missed: a new machine should not wait until Tuesday for definitions.
 * With several sources ask for the entries of each alone, with the last run of that source.
 */
export function missedRun(
  entries: readonly ScheduleConfig[],
  lastRun: Date | null,
  now: Date,
  place: Place,
): Run | null {
  const clock = wallClock(place.timeZone)
  let latest: Run | null = null
  for (const entry of entries) {
    const late = place.host === null ? 0 : jitterOf(entry, place.host)
    const slot = slotUpTo(ruleOf(entry), clock, now.getTime() - late)
    if (slot === null) continue
    const at = new Date(slot + late)
    const missed = lastRun === null || at > lastRun
    if (missed && (latest === null || at > latest.at)) latest = { ...jobOf(entry), at }
  }
  return latest
}
