import { DefsError } from '../error.ts'

/**
 * The clock on the wall of one time zone. Moments are milliseconds of the epoch; a reading of the clock is
 * written as the moment at which a clock of UTC reads the same.
 */
export interface WallClock {
  /** What the clock reads at a moment. */
  readonly read: (moment: number) => number
  /**
   * The first moment at which the clock reads so much or more: for a time that a change of the clock skips the
   * end of the gap, for one that comes twice the first of the two.
   */
  readonly firstAt: (reading: number) => number
  /** The change of the clock within a day of the calendar (days after 1 January 1970); null when it has none. */
  readonly changeOn: (day: number) => ClockChange | null
}

/** A clock that is set: forward in spring, back in autumn. */
export interface ClockChange {
  /** The moment from which it reads otherwise. */
  readonly at: number
  /** By how many milliseconds it is ahead of UTC before that moment, and from then on. */
  readonly before: number
  readonly after: number
}

/**
 * The clock of an IANA time zone; null for that of this machine.
 * @throws USAGE_ARGUMENT for a zone that is not known
 */
export function wallClock(timeZone: string | null): WallClock {
  const offset = timeZone === null ? ownOffset : offsetIn(timeZone)
  return {
    read: (moment) => moment + offset(moment),
    firstAt: (reading) => firstAt(reading, offset),
    changeOn: (day) => changeOn(day, offset),
  }
}

/**
 * What is wrong with `TZ` of the environment; null when nothing is. ICU, by which Node.js tells the time, knows names only
 * (`Europe/Berlin`), and takes UTC for what else stands there, such as the rules of POSIX (`CET-1CEST,M3.5.0,M10.5.0/3`).
 */
export function unreadableZone(zone: string | undefined): string | null {
  const name = zone?.replace(/^:/, '') ?? ''
  // A path names a file of the zone database, whose name is at its end.
  if (name === '' || name.startsWith('/')) return null
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return null
  } catch {
    return `TZ=${name} of the environment is no name of a time zone: the schedule runs by UTC; set timeZone, as Europe/Berlin`
  }
}

// What Node.js knows of this machine's zone is the same either way; a format costs as much as the rest of `status`.
function ownOffset(moment: number): number {
  return -new Date(moment).getTimezoneOffset() * 60_000
}

function offsetIn(timeZone: string): (moment: number) => number {
  const format = formatOf(timeZone)
  return (moment) => offsetOf(format, moment)
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (cause) {
    throw new DefsError(
      'USAGE_ARGUMENT',
      `unknown time zone '${timeZone}': use an IANA name, as Europe/Berlin`,
      {
        cause,
      },
    )
  }
}

/** By how much the clock is ahead of UTC at a moment. */
function offsetOf(format: Intl.DateTimeFormat, moment: number): number {
  const second = Math.floor(moment / 1000) * 1000
  const parts = new Map(format.formatToParts(second).map(({ type, value }) => [type, Number(value)]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? Number.NaN
  const reading = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  return reading - second
}

function firstAt(reading: number, offset: (moment: number) => number): number {
  // No zone is a day from UTC, and none changes its clock twice in two days.
  const before = offset(reading - dayLength)
  const later = offset(reading + dayLength)
  const candidates = [reading - Math.max(before, later), reading - Math.min(before, later)] as const
  for (const moment of candidates) {
    if (moment + offset(moment) === reading) return moment
  }
  // The reading is skipped: the change lies between the two candidates.
  return changeBetween(...candidates, offset)
}

function changeOn(day: number, offset: (moment: number) => number): ClockChange | null {
  const [start, end] = [day, day + 1].map((one) => firstAt(one * dayLength, offset))
  if (start === undefined || end === undefined) return null
  // A day that begins with a gap begins at its end.
  const before = offset(start - 1)
  const after = offset(end)
  return before === after ? null : { at: changeBetween(start - 1, end, offset), before, after }
}

/** The first moment after `low` and up to `high` at which the clock is set otherwise than at `low`. */
function changeBetween(low: number, high: number, offset: (moment: number) => number): number {
  const before = offset(low)
  let [unchanged, changed] = [low, high]
  while (changed - unchanged > 1) {
    const middle = Math.floor((unchanged + changed) / 2)
    if (offset(middle) === before) unchanged = middle
    else changed = middle
  }
  return changed
}

/** Milliseconds of a day of the calendar, changes of the clock apart. */
export const dayLength = 86_400_000

/** A day of the calendar, with no time zone attached. */
export interface CalendarDay {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  /** 1 to 31. */
  readonly day: number
  /** 0 is Sunday. */
  readonly weekday: number
}

/** The day that is so many days after 1 January 1970. */
export function calendarDay(number: number): CalendarDay {
  const date = new Date(number * dayLength)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
  }
}
