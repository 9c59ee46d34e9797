import type { OptionRows } from './option.ts'

/** The days of `schedule[].days`. */
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** The keys inside one element of `schedule`; part of the option table. */
export const scheduleOptions = {
  source: { type: 'text', default: null, required: true, description: 'Source to update from.' },
  publish: {
    type: 'text',
    default: null,
    description:
      'Instead of updating, mirror the source into this channel of the internal server, as `defs publish --from` does.',
  },
  days: { type: 'choices', default: null, values: days, description: 'Days of the week, with `first`.' },
  first: { type: 'time', default: null, description: 'Time of the first run of such a day.' },
  every: {
    type: 'duration',
    default: null,
    least: 60_000,
    description: 'Time between runs; midnight ends the day. Once a day when not set.',
  },
  cron: {
    type: 'cron',
    default: null,
    description: 'Cron expression of five fields, or six with seconds first, instead of the three above.',
  },
  jitter: { type: 'duration', default: 0, least: 0, description: 'Each run is late by up to this much.' },
} as const satisfies OptionRows
