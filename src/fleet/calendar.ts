import { weekdayNames } from '../config/cron.ts'
import type { Freeze, Window } from '../config/fleet.ts'

interface Clock {
  /** `YYYY-MM-DD`. */
  readonly day: string
  readonly weekday: number
  /** Since midnight. */
  readonly minutes: number
}

/** What the clock on the wall of a zone shows; null is the machine's own zone. */
function clockAt(now: Date, timeZone: string | null): Clock {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...(timeZone === null ? {} : { timeZone }),
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]))
  const day = `${parts['year']}-${parts['month']}-${parts['day']}`
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return { day, weekday, minutes: Number(parts['hour']) * 60 + Number(parts['minute']) }
}

/** The freeze that is in force; null when there is none. */
export function freezeAt(freezes: readonly Freeze[], now: Date, timeZone: string | null): Freeze | null {
  const { day } = clockAt(now, timeZone)
  return freezes.find(({ from, to }) => from <= day && day <= to) ?? null
}

/** Whether a ring may take a new set now as far as its windows go. */
export function isInWindow(
  windows: readonly Window[],
  ring: string,
  now: Date,
  timeZone: string | null,
): boolean {
  const own = windows.filter((window) => window.ring === ring)
  if (own.length === 0) return true
  const { weekday, minutes } = clockAt(now, timeZone)
  return own.some((window) => {
    const from = minutesOf(window.from)
    const to = minutesOf(window.to)
    const onDay = (index: number) =>
      window.days.length === 0 || window.days.some((day) => day === weekdayNames[index])
    if (from < to) return onDay(weekday) && minutes >= from && minutes < to
    // Over midnight: the small hours belong to the window that began the day before.
    return (onDay(weekday) && minutes >= from) || (onDay((weekday + 6) % 7) && minutes < to)
  })
}

function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':')
  return Number(hours) * 60 + Number(minutes)
}
