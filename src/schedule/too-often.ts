import type { ScheduleConfig, SourceConfig } from '../config/config.ts'
import { fallsOn, ruleOf } from './rule.ts'
import { calendarDay, dayLength } from './wall-clock.ts'

/** A source that is asked more often than it has news. */
export interface TooOften {
  readonly source: string
  /** The most runs on one day. */
  readonly runsPerDay: number
  readonly message: string
}

/**
 * One certified set appears a day, so one run a day is enough (docs/domain.md section 9). Asking again the same
 * day makes up for a failed attempt; the closest that any documented schedule has it is every four hours
 * (docs/domain.md section 9, and the 12.x manager's default), six times a day. More only costs the vendor and
 * brings nothing.
 */
const mostPerDay = 6

const certified: ReadonlySet<SourceConfig['kind']> = new Set(['liveupdate', 'intelligent-updater'])

/**
 * Warnings about certified sources that the schedule asks too often. Never about Rapid Release, which has new
 * sets about every hour, nor about sources inside one's own network.
 */
export function tooOften(
  entries: readonly ScheduleConfig[],
  sources: ReadonlyMap<string, Pick<SourceConfig, 'kind'>>,
): TooOften[] {
  const names = new Set(entries.map(({ source }) => source))
  return [...names].flatMap((source) => {
    const kind = sources.get(source)?.kind
    if (kind === undefined || !certified.has(kind)) return []
    const runsPerDay = busiestDay(entries.filter((entry) => entry.source === source))
    if (runsPerDay <= mostPerDay) return []
    const message =
      `the schedule asks '${source}' ${runsPerDay} times a day, but certified sets appear once a day: ` +
      `up to ${mostPerDay} runs a day are plenty; for more frequent sets use a rapid-release source`
    return [{ source, runsPerDay, message }]
  })
}

function busiestDay(entries: readonly ScheduleConfig[]): number {
  const rules = entries.map(ruleOf)
  // A leap year has every day that a rule can name.
  const start = Date.UTC(2024, 0, 1) / dayLength
  const days = Array.from({ length: 366 }, (_, index) => calendarDay(start + index))
  const busy = days.map((day) => rules.filter((rule) => fallsOn(rule, day)))
  // Few combinations of entries come up in a year; the times of each are joined once.
  const combinations = new Map(busy.map((group) => [group.map((rule) => rules.indexOf(rule)).join(), group]))
  const runs = [...combinations.values()].map((group) => new Set(group.flatMap(({ times }) => times)).size)
  return Math.max(0, ...runs)
}
