import type { ScheduleConfig } from '../config/config.ts'
import { jitterOf } from './jitter.ts'
import { type Job, jobOf, keyOf } from './job.ts'
import { ruleOf } from './rule.ts'
import { slotsAfter } from './slots.ts'
import { wallClock } from './wall-clock.ts'

/** A run of the schedule. */
export interface Run extends Job {
  /** When it starts, its jitter included. */
  readonly at: Date
}

/** A run as JSON tells of it; `channel` is there for mirrors only. */
export interface ShownRun {
  readonly source: string
  readonly channel?: string
  /** RFC 3339, UTC. */
  readonly at: string
}

export function shownRun({ source, channel, at }: Run): ShownRun {
  return { source, ...(channel === null ? {} : { channel }), at: at.toISOString() }
}

/** Where the schedule is read. */
export interface Place {
  /** An IANA name; null for the time zone of this machine. */
  readonly timeZone: string | null
  /** The name that jitter is made from; null for no jitter. */
  readonly host: string | null
}

/** How far to look; the nearer bound holds. */
export interface Horizon extends Place {
  /** At most so many runs. */
  readonly count: number
  /** None after this moment; null for no such bound. */
  readonly until: Date | null
}

/**
 * The next runs after `from`, in order. Two entries that would start the same job at the same moment are
 * one run. A rule that never comes due, as 30 February, gives none.
 * @throws USAGE_ARGUMENT for an unknown time zone; CONFIG_INVALID for a cron expression that is none
 */
export function nextRuns(entries: readonly ScheduleConfig[], from: Date, horizon: Horizon): Run[] {
  const runs = entries.flatMap((entry) => runsOf(entry, from, horizon))
  const distinct = new Map(runs.map((run) => [`${run.at.getTime()} ${keyOf(run)}`, run]))
  return [...distinct.values()].sort(byTime).slice(0, horizon.count)
}

function runsOf(entry: ScheduleConfig, from: Date, { count, until, timeZone, host }: Horizon): Run[] {
  const late = host === null ? 0 : jitterOf(entry, host)
  const runs: Run[] = []
  if (count < 1) return runs
  for (const slot of slotsAfter(ruleOf(entry), wallClock(timeZone), from.getTime() - late)) {
    const at = new Date(slot + late)
    if (until && at > until) break
    runs.push({ ...jobOf(entry), at })
    if (runs.length >= count) break
  }
  return runs
}

function byTime(a: Run, b: Run): number {
  return a.at.getTime() - b.at.getTime() || (keyOf(a) < keyOf(b) ? -1 : 1)
}
