import type { Config, ScheduleConfig } from '../config/config.ts'
import type { SourceRecord } from '../hawking/records.ts'
import { nextRuns, type ScheduledRun, type ScheduleZone, slotUpTo } from './next-runs.ts'
import { entriesOf, type Job, jitterOf, jobOf, jobsOf, keyOf, ruleOf } from './rule.ts'
import { wallClock } from './wall-clock.ts'

/** What the daemon plans by. */
export interface Rules extends Pick<Config, 'schedule' | 'retry'> {
  readonly place: ScheduleZone
}

/** What is planned for one job. Moments. */
export interface Due {
  readonly job: Job
  /** The next run of the schedule; null when no rule comes due. */
  readonly slot: Date | null
  /** The next try after a failed run; null when the last one went well or trying is over. */
  readonly retry: Date | null
  /** When the run began that is being retried. */
  readonly failingSince: Date | null
}

/** What is planned, by the key of the job. */
export type DueJobs = ReadonlyMap<string, Due>

/** What the plan needs of each job that was done, by its key. */
export type Remembered = Readonly<Record<string, Pick<SourceRecord, 'lastAttempt' | 'outcome'>>>

/**
 * The plan of a daemon that starts, from what is remembered of each job: of all runs that were missed since its
 * last attempt one is caught up at once, and retries that were due go on.
 */
export function openAgenda(rules: Rules, remembered: Remembered, now: Date): DueJobs {
  return new Map(
    jobsOf(rules.schedule).map((job) => {
      const key = keyOf(job)
      const record = Object.hasOwn(remembered, key) ? remembered[key] : undefined
      const last = record?.lastAttempt ? new Date(record.lastAttempt) : null
      const missed = missedRun(entriesOf(rules.schedule, job), last, now, rules.place)
      const fresh: Due = {
        job,
        slot: missed ? now : slotAfter(rules, job, now),
        retry: null,
        failingSince: null,
      }
      if (missed || !last || record?.outcome !== 'failed') return [key, fresh]
      return [key, retried(fresh, rules, last, last, null)]
    }),
  )
}

/** When something is to be done for a source; null when never. */
export function dueAt({ slot, retry }: Due): Date | null {
  if (slot === null || retry === null) return slot ?? retry
  return slot < retry ? slot : retry
}

/** The jobs that are due, the longest waiting first. */
export function dueJobs(agenda: DueJobs, now: Date): Job[] {
  return [...agenda.values()]
    .map((due) => ({ job: due.job, at: dueAt(due)?.getTime() ?? Number.POSITIVE_INFINITY }))
    .filter(({ at }) => at <= now.getTime())
    .sort((a, b) => a.at - b.at)
    .map(({ job }) => job)
}

/** How a run of one job ended, for planning. */
export interface RunEnd {
  readonly began: Date
  readonly ended: Date
  readonly failed: boolean
  /** Until when the source asked to be left alone. */
  readonly coolingUntil: Date | null
}

/**
 * The plan after a run. A failed run of the schedule opens a time in which it is retried; a run that fails once
 * that is over waits for the schedule again. Runs of the schedule that came due meanwhile are one.
 */
export function afterRun(agenda: DueJobs, rules: Rules, job: Job, end: RunEnd): DueJobs {
  const before = agenda.get(keyOf(job))
  if (!before) return agenda
  const regular = before.slot !== null && before.slot <= end.began
  const slot = regular ? slotAfter(rules, job, end.began) : before.slot
  const settled: Due = { job, slot, retry: null, failingSince: null }
  const since = regular ? end.began : (before.failingSince ?? end.began)
  const due = end.failed ? retried(settled, rules, since, end.ended, end.coolingUntil) : settled
  return new Map([...agenda, [keyOf(job), due]])
}

function retried(due: Due, { retry }: Rules, since: Date, from: Date, coolingUntil: Date | null): Due {
  const wanted = Math.max(from.getTime() + retry.every, coolingUntil?.getTime() ?? 0)
  if (wanted > since.getTime() + retry.for) return due
  return { ...due, retry: new Date(wanted), failingSince: since }
}

function slotAfter(rules: Rules, job: Job, from: Date): Date | null {
  const horizon = { ...rules.place, count: 1, until: null }
  return nextRuns(entriesOf(rules.schedule, job), from, horizon)[0]?.at ?? null
}

/**
 * The latest run that should have started after `lastRun` and up to `now`, while the machine was off or the
 * daemon down; null when none was missed. However many were missed, one catches up. Without a last run the
 * latest one of the schedule counts as missed: a new machine should not wait until Tuesday for definitions.
 * With several sources ask for the entries of each alone, with the last run of that source.
 */
export function missedRun(
  entries: readonly ScheduleConfig[],
  lastRun: Date | null,
  now: Date,
  place: ScheduleZone,
): ScheduledRun | null {
  const clock = wallClock(place.timeZone)
  let latest: ScheduledRun | null = null
  for (const entry of entries) {
    const late = place.host === null ? 0 : jitterOf(entry, place.host)
    const slot = slotUpTo(ruleOf(entry), clock, now.getTime() - late)
    if (slot === null) continue
    const at = new Date(slot + late)
    const missed = lastRun === null || at > lastRun
    if (missed && (latest === null || at > latest.at)) latest = { ...jobOf(entry), at }
  }
  return latest
}
