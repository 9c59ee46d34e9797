import type { ScheduleConfig } from '../config/config.ts'
import { fallsOn, jobOf, keyOf, ruleOf } from './rule.ts'
import { calendarDay, dayLength, wallClock } from './wall-clock.ts'

/** How far ahead changes of the clock are looked for: over the next one in each direction. */
const daysAhead = 370

/**
 * What systemd's timers do otherwise than `defs daemon` when the clock changes (systemd.time(7), as seen with systemd
 * 252): a run whose time is skipped in spring does not take place at all, and times that go on all the time pause in
 * the hour that autumn repeats. One line for each entry of the schedule, with the first day that it concerns.
 * @param timeZone an IANA name; null for the zone of the machine
 * @throws USAGE_ARGUMENT for an unknown time zone
 */
export function skippedRuns(
  entries: readonly ScheduleConfig[],
  timeZone: string | null,
  now: Date,
): string[] {
  const clock = wallClock(timeZone)
  const today = Math.floor(clock.read(now.getTime()) / dayLength)
  const days = Array.from({ length: daysAhead }, (_, index) => today + index)
  const changes = days.flatMap((day) => {
    const change = clock.changeOn(day)
    return change ? [{ day, ...change }] : []
  })
  const lines = entries.flatMap((entry) => {
    const rule = ruleOf(entry)
    return changes.flatMap(({ day, at, before, after }) => {
      if (!fallsOn(rule, calendarDay(day))) return []
      const subject = `systemd and the schedule of '${keyOf(jobOf(entry))}' on ${dayText(day)}`
      if (after < before) {
        return rule.throughout
          ? [`${subject}: its timers pause in the hour that comes twice, the daemon does not`]
          : []
      }
      const [gap, end] = [at + before, at + after].map((reading) => reading - day * dayLength)
      const time = rule.times.find((one) => one >= (gap ?? 0) && one < (end ?? 0))
      // What goes on all the time comes again at the end of the gap.
      if (time === undefined || rule.throughout) return []
      return [`${subject}: ${timeText(time)} does not exist, so its timer skips the run; the daemon does not`]
    })
  })
  return [...new Set(lines)]
}

function dayText(day: number): string {
  return new Date(day * dayLength).toISOString().slice(0, 10)
}

function timeText(time: number): string {
  return new Date(time).toISOString().slice(11, 16)
}
