import type { ScheduleConfig } from '../config/config.ts'

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
