import type { Config, ScheduleConfig } from '../config/config.ts'
import { limits } from '../limits.ts'
import { fallsOn, type Job, jitterOf, jobOf, keyOf, type Rule, ruleOf } from './rule.ts'
import { calendarDay, dayLength, type WallClock, wallClock } from './wall-clock.ts'

/** A run of the schedule. */
export interface ScheduledRun extends Job {
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

export function shownRun({ source, channel, at }: ScheduledRun): ShownRun {
  return { source, ...(channel === null ? {} : { channel }), at: at.toISOString() }
}

/** Where the schedule is read. */
export interface ScheduleZone {
  /** An IANA name; null for the time zone of this machine. */
  readonly timeZone: string | null
  /** The name that jitter is made from; null for no jitter. */
  readonly host: string | null
}

/** How far to look; the nearer bound holds. */
export interface Horizon extends ScheduleZone {
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
export function nextRuns(entries: readonly ScheduleConfig[], from: Date, horizon: Horizon): ScheduledRun[] {
  const runs = entries.flatMap((entry) => runsOf(entry, from, horizon))
  const distinct = new Map(runs.map((run) => [`${run.at.getTime()} ${keyOf(run)}`, run]))
  return [...distinct.values()].sort(byTime).slice(0, horizon.count)
}

function runsOf(
  entry: ScheduleConfig,
  from: Date,
  { count, until, timeZone, host }: Horizon,
): ScheduledRun[] {
  const late = host === null ? 0 : jitterOf(entry, host)
  const runs: ScheduledRun[] = []
  if (count < 1) return runs
  for (const slot of slotsAfter(ruleOf(entry), wallClock(timeZone), from.getTime() - late)) {
    const at = new Date(slot + late)
    if (until && at > until) break
    runs.push({ ...jobOf(entry), at })
    if (runs.length >= count) break
  }
  return runs
}

function byTime(a: ScheduledRun, b: ScheduledRun): number {
  return a.at.getTime() - b.at.getTime() || (keyOf(a) < keyOf(b) ? -1 : 1)
}

/** Runs that are shown even when they lie further ahead than a day. */
const least = 10

/** More than one run a minute for a day is no schedule; a list must end somewhere. */
const most = 1440

/**
 * The runs of the next 24 hours; the next ten when those are fewer. While the schedule is paused those after the pause.
 * @throws USAGE_ARGUMENT for an unknown time zone
 */
export function comingRuns(
  { schedule, timeZone }: Pick<Config, 'schedule' | 'timeZone'>,
  host: string,
  today: Date,
  pause: { readonly until: string | null } | null = null,
): ScheduledRun[] {
  if (pause?.until === null) return []
  const now = pause === null ? today : new Date(pause.until)
  const place = { timeZone, host }
  const until = new Date(now.getTime() + dayLength)
  const day = nextRuns(schedule, now, { ...place, count: most, until })
  return day.length >= least ? day : nextRuns(schedule, now, { ...place, count: least, until: null })
}

/**
 * The moments after `from` at which a rule comes due, rising, for at most `limits.scheduleDays`. A time that
 * the change to summer time skips comes due at the end of the gap; several in one gap are one. A time that
 * comes twice in autumn comes due once, the first time, unless the rule goes on throughout.
 */
function* slotsAfter(rule: Rule, clock: WallClock, from: number): Generator<number> {
  const reading = clock.read(from)
  const today = Math.floor(reading / dayLength)
  let last = from
  for (let day = today; day < today + limits.scheduleDays; day += 1) {
    if (!fallsOn(rule, calendarDay(day))) continue
    for (const moment of bothPasses(rule, clock, day) ?? momentsOf(rule, clock, day, reading)) {
      if (moment <= last) continue
      last = moment
      yield moment
    }
  }
}

// What the clock has already shown lies behind us; asking when it did is the costly part.
function* momentsOf({ times }: Rule, clock: WallClock, day: number, shown: number): Generator<number> {
  for (const time of times) {
    const due = day * dayLength + time
    if (due > shown) yield clock.firstAt(due)
  }
}

/** The moments of a rule that goes on throughout, on a day that repeats an hour, rising; null for other days. */
function bothPasses({ times, throughout }: Rule, clock: WallClock, day: number): number[] | null {
  const change = throughout ? clock.changeOn(day) : null
  if (!change || change.after > change.before) return null
  const pass = (offset: number) => times.map((time) => day * dayLength + time - offset)
  return [
    ...pass(change.before).filter((moment) => moment < change.at),
    ...pass(change.after).filter((moment) => moment >= change.at),
  ]
}

/** The last moment up to and including `until` at which a rule came due; null when there is none. */
export function slotUpTo(rule: Rule, clock: WallClock, until: number): number | null {
  // A clock set back across midnight reads yesterday again, after it has shown today.
  const tomorrow = Math.floor(clock.read(until) / dayLength) + 1
  for (let day = tomorrow; day > tomorrow - limits.scheduleDays; day -= 1) {
    if (!fallsOn(rule, calendarDay(day))) continue
    const twice = bothPasses(rule, clock, day)?.findLast((moment) => moment <= until)
    if (twice !== undefined) return twice
    for (const time of rule.times.toReversed()) {
      const moment = clock.firstAt(day * dayLength + time)
      if (moment <= until) return moment
    }
  }
  return null
}
