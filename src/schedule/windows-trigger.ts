import { DefsError } from '../error.ts'
import { dayLength } from './calendar.ts'
import type { Rule } from './rule.ts'

const weekdayElements = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const monthElements = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const hour = 3_600_000
const minute = 60_000

/**
 * A rule as `CalendarTrigger` elements of the Windows Task Scheduler. Its own `RandomDelay` does not go with
 * repetitions, so each trigger starts `late` milliseconds after its time instead.
 * @param date the day from which the triggers hold, `YYYY-MM-DD`
 * @throws USAGE_ARGUMENT for a rule that wants a day of the month and of the week at once
 */
export function windowsTriggers(rule: Rule, date: string, late: number): string[] {
  return progressions(rule.times).flatMap((times) =>
    schedulesOf(rule).map((schedule) => triggerText(times, schedule, date, late)),
  )
}

interface Progression {
  readonly first: number
  readonly step: number
  readonly count: number
}

/** Times at even distances, as repetitions have them; as few as hours and minutes allow. */
function progressions(times: readonly number[]): Progression[] {
  const splits = [
    [times],
    groups(times, (time) => time % hour),
    groups(times, (time) => Math.floor(time / hour)),
  ]
  const choices = splits.map((split) => split.flatMap((part) => progression(part) ?? part.map(single)))
  return choices.reduce((best, other) => (other.length < best.length ? other : best))
}

function groups(times: readonly number[], keyOf: (time: number) => number): number[][] {
  const found = new Map<number, number[]>()
  for (const time of times) {
    const group = found.get(keyOf(time))
    if (group) group.push(time)
    else found.set(keyOf(time), [time])
  }
  return [...found.values()]
}

function single(first: number): Progression {
  return { first, step: 0, count: 1 }
}

function progression(times: readonly number[]): Progression[] | undefined {
  const [first, second] = times
  if (first === undefined || second === undefined) return times.map(single)
  const step = second - first
  // The scheduler repeats no faster than once a minute.
  const even = step >= minute && times.every((time, index) => time === first + index * step)
  return even ? [{ first, step, count: times.length }] : undefined
}

function triggerText(
  { first, step, count }: Progression,
  schedule: string,
  date: string,
  late: number,
): string {
  // A start past midnight would move the run to another day of the week.
  const start = new Date(Math.min(first + late, dayLength - 1000)).toISOString().slice(11, 19)
  // Half a minute more than the last repetition needs, less than the next one would.
  const duration = durationText(step * (count - 1) + minute / 2)
  const interval = durationText(step)
  const repetition =
    count > 1
      ? `<Repetition><Interval>${interval}</Interval><Duration>${duration}</Duration></Repetition>`
      : ''
  return `<CalendarTrigger><StartBoundary>${date}T${start}</StartBoundary>${repetition}${schedule}</CalendarTrigger>`
}

function schedulesOf({ months, days, weekdays, either }: Rule): string[] {
  const ofMonths = `<Months>${elements(monthElements, months?.map((month) => month - 1) ?? null)}</Months>`
  const week = `<DaysOfWeek>${elements(weekdayElements, weekdays)}</DaysOfWeek>`
  const dates = days?.map((day) => `<Day>${day}</Day>`).join('')
  const byDate = `<ScheduleByMonth><DaysOfMonth>${dates}</DaysOfMonth>${ofMonths}</ScheduleByMonth>`
  const weeks = ['1', '2', '3', '4', 'Last'].map((number) => `<Week>${number}</Week>`).join('')
  const byWeek =
    months === null
      ? `<ScheduleByWeek><WeeksInterval>1</WeeksInterval>${week}</ScheduleByWeek>`
      : `<ScheduleByMonthDayOfWeek><Weeks>${weeks}</Weeks>${week}${ofMonths}</ScheduleByMonthDayOfWeek>`
  if (either) return [byDate, byWeek]
  if (days !== null && weekdays !== null) {
    throw new DefsError(
      'USAGE_ARGUMENT',
      'the Windows Task Scheduler knows no run that needs a day of the month and of the week: use defs daemon',
    )
  }
  return [days === null ? byWeek : byDate]
}

function elements(names: readonly string[], chosen: readonly number[] | null): string {
  return names.map((name, index) => (chosen?.includes(index) === false ? '' : `<${name}/>`)).join('')
}

function durationText(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  const parts = [
    [Math.floor(seconds / 3600), 'H'],
    [Math.floor(seconds / 60) % 60, 'M'],
    [seconds % 60, 'S'],
  ] as const
  return `PT${parts.map(([value, unit]) => (value === 0 ? '' : `${value}${unit}`)).join('')}`
}
