import { limits } from '../limits.ts'
import { calendarDay, dayLength } from './calendar.ts'
import { fallsOn, type Rule } from './rule.ts'
import type { WallClock } from './wall-clock.ts'

/**
 * The moments after `from` at which a rule comes due, rising, for at most `limits.scheduleDays`. A time that
 * the change to summer time skips comes due at the end of the gap; several in one gap are one. A time that
 * comes twice in autumn comes due once, the first time.
 */
export function* slotsAfter(rule: Rule, clock: WallClock, from: number): Generator<number> {
  const reading = clock.read(from)
  const today = Math.floor(reading / dayLength)
  let last = from
  for (let day = today; day < today + limits.scheduleDays; day += 1) {
    if (!fallsOn(rule, calendarDay(day))) continue
    for (const time of rule.times) {
      const due = day * dayLength + time
      // What the clock has already shown lies behind us; asking when it did is the costly part.
      if (due <= reading) continue
      const moment = clock.firstAt(due)
      if (moment <= last) continue
      last = moment
      yield moment
    }
  }
}

/** The last moment up to and including `until` at which a rule came due; null when there is none. */
export function slotUpTo(rule: Rule, clock: WallClock, until: number): number | null {
  // A clock set back across midnight reads yesterday again, after it has shown today.
  const tomorrow = Math.floor(clock.read(until) / dayLength) + 1
  for (let day = tomorrow; day > tomorrow - limits.scheduleDays; day -= 1) {
    if (!fallsOn(rule, calendarDay(day))) continue
    for (const time of rule.times.toReversed()) {
      const moment = clock.firstAt(day * dayLength + time)
      if (moment <= until) return moment
    }
  }
  return null
}
