import type { ScheduleConfig } from '../config/config.ts'
import { weekdayNames } from '../config/cron.ts'
import { readCron } from './cron.ts'
import { type CalendarDay, dayLength } from './wall-clock.ts'

/** When an entry of the schedule runs: at each of `times` on each day that {@link fallsOn} accepts. */
export interface Rule {
  /** Milliseconds after midnight by the clock on the wall, rising; never empty. */
  readonly times: readonly number[]
  /** 1 to 12; null for all. */
  readonly months: readonly number[] | null
  /** Days of the month; null for all. */
  readonly days: readonly number[] | null
  /** 0 is Sunday; null for all. */
  readonly weekdays: readonly number[] | null
  /** True when a day that fits `days` or `weekdays` is enough, false when it must fit both. */
  readonly either: boolean
  /**
   * True for times that stand for "all the time" (any hour): they go on through both passes of the hour that autumn
   * repeats, as jobs of cron(8) with a wildcard hour do; other times come once.
   */
  readonly throughout: boolean
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/**
 * The rule of an entry. Without `days` every day counts, without `first` the day begins at midnight, without
 * `every` there is one run a day. Midnight ends the day: the next run is at `first` of the next such day, as
 * in the example Tue and Thu, 06:00, every four hours = 06, 10, 14, 18, 22 (docs/domain.md section 9).
 * @throws CONFIG_INVALID for a cron expression that is none
 */
export function ruleOf(entry: ScheduleConfig): Rule {
  const known = rules.get(entry)
  if (known) return known
  const rule = ruleBy(entry)
  rules.set(entry, rule)
  return rule
}

// A cron expression with seconds comes to 86,400 times a day, and a daemon asks after every run.
const rules = new WeakMap<ScheduleConfig, Rule>()

function ruleBy(entry: ScheduleConfig): Rule {
  if (entry.cron !== null) return ruleOfCron(entry.cron)
  const [hours = '0', minutes = '0'] = (entry.first ?? '00:00').split(':')
  const times: number[] = []
  const step = Math.max(entry.every ?? dayLength, minute)
  for (let time = Number(hours) * hour + Number(minutes) * minute; time < dayLength; time += step) {
    times.push(time)
  }
  const days = entry.days?.map((day) => day.toLowerCase())
  const weekdays = weekdayNames.flatMap((name, index) => (days?.includes(name) ? [index] : []))
  const throughout = step <= hour
  return { times, months: null, days: null, weekdays: days ? weekdays : null, either: false, throughout }
}

function ruleOfCron(text: string): Rule {
  const cron = readCron(text)
  const times = cron.hours.flatMap((h) =>
    cron.minutes.flatMap((m) => cron.seconds.map((s) => h * hour + m * minute + s * second)),
  )
  const restricted = (list: readonly number[], all: number) => (list.length === all ? null : list)
  return {
    times,
    months: restricted(cron.months, 12),
    days: cron.either ? cron.days : restricted(cron.days, 31),
    weekdays: cron.either ? cron.weekdays : restricted(cron.weekdays, 7),
    either: cron.either,
    throughout: cron.anyHour,
  }
}

/** Whether an entry with this rule runs on a day. */
export function fallsOn(rule: Rule, day: CalendarDay): boolean {
  if (rule.months?.includes(day.month) === false) return false
  const byDay = rule.days?.includes(day.day) ?? true
  const byWeekday = rule.weekdays?.includes(day.weekday) ?? true
  return rule.either ? byDay || byWeekday : byDay && byWeekday
}

/**
 * By how many milliseconds each run of an entry is late on this host, from 0 up to `jitter`. It depends on the
 * host, the job and the times alone, so that a fleet spreads out while each host stays predictable.
 */
export function jitterOf(entry: ScheduleConfig, host: string): number {
  const { source, publish, days, first, every, cron } = entry
  const mirrored = publish === null ? [] : [publish]
  const named = JSON.stringify([host, source, days, first, every, cron, ...mirrored])
  return Math.floor((spreadOf(named) / 2 ** 32) * entry.jitter)
}

/**
 * A number below 2^32 that differs for nearly the same texts: FNV-1a over UTF-8, its bits mixed as MurmurHash3 ends. Not a
 * secret, and without `node:crypto`, which takes longer to load than the rest of `status`.
 */
function spreadOf(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** What a line of the schedule has done: an update from a source, or a mirror of it. */
export interface Job {
  readonly source: string
  /** The channel of the internal server that the source is published in; null for an update. */
  readonly channel: string | null
}

export function jobOf({ source, publish }: ScheduleConfig): Job {
  return { source, channel: publish }
}

/** One text for one job. Updates are known by their source alone, as its record is. */
export function keyOf({ source, channel }: Job): string {
  return channel === null ? source : `${source} > ${channel}`
}

/** The jobs of a schedule, each once. */
export function jobsOf(schedule: readonly ScheduleConfig[]): Job[] {
  return [...new Map(schedule.map(jobOf).map((job) => [keyOf(job), job])).values()]
}

/** The lines that have a job done. */
export function entriesOf(schedule: readonly ScheduleConfig[], job: Job): ScheduleConfig[] {
  return schedule.filter((entry) => keyOf(jobOf(entry)) === keyOf(job))
}
