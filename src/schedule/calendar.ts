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

/** The days of the week as `schedule[].days` names them, from 0. */
export const weekdayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

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
