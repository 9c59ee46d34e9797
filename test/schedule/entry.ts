import type { ScheduleConfig } from '../../src/config/config.ts'

/** An entry of the schedule; what is not given is not set. */
export function entry(parts: Partial<ScheduleConfig>): ScheduleConfig {
  return {
    source: 'main',
    publish: null,
    days: null,
    first: null,
    every: null,
    cron: null,
    jitter: 0,
    enabled: true,
    ...parts,
  }
}

/** The example of the vendor's manual: on two days of the week from six o'clock on, every four hours. */
export const example = entry({ days: ['tue', 'thu'], first: '06:00', every: 4 * 3_600_000 })

/** What the clock of a zone shows, `YYYY-MM-DD HH:MM:SS`. */
export function reading(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(at)
}
