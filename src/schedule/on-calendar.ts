import { type ClockGroup, clockGroups } from './clock-groups.ts'
import type { Rule } from './rule.ts'

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/**
 * A rule as calendar events of systemd (systemd.time(7)); the timer fires at each of them.
 * @param timeZone an IANA name; null for the zone of the machine
 */
export function onCalendar(rule: Rule, timeZone: string | null): string[] {
  const zone = timeZone === null ? '' : ` ${timeZone}`
  return clockGroups(rule.times).flatMap((group) =>
    daysOf(rule).map((days) => `${days} ${timeOf(group)}${zone}`),
  )
}

function daysOf({ months, days, weekdays: week, either }: Rule): string[] {
  const named = week === null ? '' : `${week.map((day) => weekdays[day]).join(',')} `
  const month = list(months ?? [])
  const any = `*-${month}-*`
  const dated = `*-${month}-${list(days ?? [])}`
  // Weekday and date must both fit in one event, so either of them takes two events.
  return either ? [dated, `${named}${any}`] : [`${named}${dated}`]
}

function timeOf({ hours, minutes, seconds }: ClockGroup): string {
  const all = (numbers: readonly number[], most: number) => list(numbers.length === most ? [] : numbers)
  return `${all(hours, 24)}:${all(minutes, 60)}:${all(seconds, 60)}`
}

/** Two digits each; none stands for all. */
function list(numbers: readonly number[]): string {
  return numbers.length === 0 ? '*' : numbers.map((number) => String(number).padStart(2, '0')).join(',')
}
