/** When a receiver is told: days of the week, and a part of the day. */
export interface SinkHours {
  /** The first three letters of English names, in lower case; null for every day. */
  readonly days: readonly string[] | null
  /** Minutes after midnight; `until` at or before `from` is of the next day. */
  readonly from: number
  readonly until: number
  /** IANA name; null for the zone of the machine. */
  readonly timeZone: string | null
}

const wholeDay = 24 * 60

/** Reads `08:00-18:00`; null for anything else. `24:00` ends a day. */
export function readHours(text: string): Pick<SinkHours, 'from' | 'until'> | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/.exec(text.replace(/\s+/g, ''))
  if (!match) return null
  const from = Number(match[1]) * 60 + Number(match[2])
  const until = Number(match[3]) * 60 + Number(match[4])
  return until > wholeDay ? null : { from, until }
}

/** Whether a moment lies within; the hours after midnight of a night belong to the day it began on. */
export function isWithinHours(hours: SinkHours, moment: Date): boolean {
  const { minutes, day } = clockAt(moment, hours.timeZone)
  const { from, until, days } = hours
  const isOn = (which: string | undefined) => days === null || (which !== undefined && days.includes(which))
  if (until > from) return isOn(week[day]) && minutes >= from && minutes < until
  if (minutes >= from) return isOn(week[day])
  return minutes < until && isOn(week[(day + 6) % 7])
}

const week: readonly string[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

function clockAt(moment: Date, timeZone: string | null): { minutes: number; day: number } {
  const format = new Intl.DateTimeFormat('en-US', {
    ...(timeZone === null ? {} : { timeZone }),
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, value]))
  const day = week.indexOf(parts.get('weekday')?.toLowerCase() ?? '')
  return { minutes: Number(parts.get('hour')) * 60 + Number(parts.get('minute')), day }
}
