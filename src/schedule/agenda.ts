import type { Config, ScheduleConfig } from '../config/config.ts'
import type { SourceRecord } from '../hawking/record.ts'
import { missedRun } from './missed.ts'
import { nextRuns, type Place } from './next-runs.ts'

/** What the daemon plans by. */
export interface Rules extends Pick<Config, 'schedule' | 'retry'> {
  readonly place: Place
}

/** What is planned for one source. Moments. */
export interface Due {
  /** The next run of the schedule; null when no rule comes due. */
  readonly slot: Date | null
  /** The next try after a failed run; null when the last one went well or trying is over. */
  readonly retry: Date | null
  /** When the run began that is being retried. */
  readonly failingSince: Date | null
}

/** What is planned, by source. */
export type Agenda = ReadonlyMap<string, Due>

/** What the plan needs of each source that was asked. */
export type Remembered = Readonly<Record<string, Pick<SourceRecord, 'lastAttempt' | 'outcome'>>>

/**
 * The plan of a daemon that starts, from what is remembered of each source: of all runs that were missed since its
 * last attempt one is caught up at once, and retries that were due go on.
 */
export function openAgenda(rules: Rules, remembered: Remembered, now: Date): Agenda {
  const names = [...new Set(rules.schedule.map(({ source }) => source))]
  return new Map(
    names.map((source) => {
      const record = Object.hasOwn(remembered, source) ? remembered[source] : undefined
      const last = record?.lastAttempt ? new Date(record.lastAttempt) : null
      const missed = missedRun(entriesOf(rules, source), last, now, rules.place)
      const fresh: Due = {
        slot: missed ? now : slotAfter(rules, source, now),
        retry: null,
        failingSince: null,
      }
      if (missed || !last || last > now || record?.outcome !== 'failed') return [source, fresh]
      return [source, retried(fresh, rules, last, last, null)]
    }),
  )
}

/** When something is to be done for a source; null when never. */
export function dueAt({ slot, retry }: Due): Date | null {
  if (slot === null || retry === null) return slot ?? retry
  return slot < retry ? slot : retry
}

/** The sources that are due, the longest waiting first. */
export function dueSources(agenda: Agenda, now: Date): string[] {
  return [...agenda]
    .map(([source, due]) => ({ source, at: dueAt(due)?.getTime() ?? Number.POSITIVE_INFINITY }))
    .filter(({ at }) => at <= now.getTime())
    .sort((a, b) => a.at - b.at)
    .map(({ source }) => source)
}

/** How a run of one source ended, for planning. */
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
export function afterRun(agenda: Agenda, rules: Rules, source: string, end: RunEnd): Agenda {
  const before = agenda.get(source)
  if (!before) return agenda
  const regular = before.slot !== null && before.slot <= end.began
  const slot = regular ? slotAfter(rules, source, end.began) : before.slot
  const settled: Due = { slot, retry: null, failingSince: null }
  const since = regular ? end.began : (before.failingSince ?? end.began)
  const due = end.failed ? retried(settled, rules, since, end.ended, end.coolingUntil) : settled
  return new Map([...agenda, [source, due]])
}

function retried(due: Due, { retry }: Rules, since: Date, from: Date, coolingUntil: Date | null): Due {
  const wanted = Math.max(from.getTime() + retry.every, coolingUntil?.getTime() ?? 0)
  if (wanted > since.getTime() + retry.for) return due
  return { ...due, retry: new Date(wanted), failingSince: since }
}

function slotAfter(rules: Rules, source: string, from: Date): Date | null {
  const horizon = { ...rules.place, count: 1, until: null }
  return nextRuns(entriesOf(rules, source), from, horizon)[0]?.at ?? null
}

function entriesOf({ schedule }: Rules, source: string): ScheduleConfig[] {
  return schedule.filter((entry) => entry.source === source)
}
