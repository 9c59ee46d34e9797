import type { ScheduleConfig } from '../../config/config.ts'
import { DefsError } from '../../error.ts'
import { entriesOf, jitterOf, jobsOf, type Rule, ruleOf } from '../rule.ts'
import { dayLength } from '../wall-clock.ts'
import { commandFor, type ExportedFile, type Installation, purposeOf, unitName } from './exported-file.ts'

/** What a task needs to know of the machine. */
export interface WindowsInstallation extends Installation {
  /** The day from which the task holds, by the clock of the machine, `YYYY-MM-DD`. */
  readonly date: string
}

/** Triggers that one task may have, by the documentation of the Task Scheduler. */
const mostTriggers = 48

/**
 * One task for each job, for `schtasks /create /tn NAME /xml FILE`: run as the local system by the clock
 * of the machine, caught up when it was missed, never twice at a time. The files are UTF-16 with a byte order
 * mark, as the Task Scheduler writes them itself.
 * @throws USAGE_ARGUMENT for times that a task cannot have, or an argument with a control character
 */
export function exportWindowsTask(
  entries: readonly ScheduleConfig[],
  installation: WindowsInstallation,
): ExportedFile[] {
  return jobsOf(entries).map((job) => {
    const triggers = entriesOf(entries, job).flatMap((entry) => {
      const late = installation.host === null ? 0 : jitterOf(entry, installation.host)
      return windowsTriggers(ruleOf(entry), installation.date, late)
    })
    if (triggers.length > mostTriggers) {
      throw new DefsError(
        'USAGE_ARGUMENT',
        `the times of '${job.source}' need ${triggers.length} triggers, a Windows task may have ${mostTriggers}: use even distances, or defs daemon`,
      )
    }
    const text = taskText(purposeOf(job, installation), triggers, commandFor(job, installation))
    return { name: `${unitName(job, installation)}.xml`, text: `\uFEFF${text}`, encoding: 'utf16le' }
  })
}

function taskText(
  purpose: string,
  triggers: readonly string[],
  command: readonly [string, ...string[]],
): string {
  const [program, ...rest] = command
  const lines = [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    `  <RegistrationInfo><Description>${xml(purpose)}</Description></RegistrationInfo>`,
    '  <Triggers>',
    ...triggers.map((trigger) => `    ${trigger}`),
    '  </Triggers>',
    // The well-known identifier of the local system account, the same in every language of Windows.
    '  <Principals><Principal id="Author"><UserId>S-1-5-18</UserId></Principal></Principals>',
    '  <Settings>',
    '    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '    <StartWhenAvailable>true</StartWhenAvailable>',
    '    <RunOnlyIfNetworkAvailable>true</RunOnlyIfNetworkAvailable>',
    '  </Settings>',
    '  <Actions Context="Author">',
    `    <Exec><Command>${xml(program)}</Command><Arguments>${xml(rest.map(quote).join(' '))}</Arguments></Exec>`,
    '  </Actions>',
    '</Task>',
    '',
  ]
  return lines.join('\r\n')
}

/** One argument as programs of Windows take their command line apart: backslashes count only before a quote. */
function quote(text: string): string {
  if (/^[^\s"]+$/.test(text)) return text
  return `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
])

function xml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes.get(character) ?? character)
}

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
function windowsTriggers(rule: Rule, date: string, late: number): string[] {
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
