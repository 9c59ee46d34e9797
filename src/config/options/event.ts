import { limits } from '../../limits.ts'
import type { OptionRows } from './option.ts'

const MiB = 1024 * 1024
const minute = 60_000
const hour = 60 * minute

/** The keys of `events`; part of the option table. Those inside an element of `events.sinks` stand in sink.ts. */
export const eventOptions = {
  'events.sourceName': {
    type: 'text',
    default: 'defs',
    description:
      'Name under which events are reported to other systems; when not set, that of the product where `product.name` is set to `SMSMSE` or `SAVSMTP`.',
  },
  'events.outdatedEvery': {
    type: 'duration',
    default: 6 * hour,
    least: minute,
    description: 'Time between two events 404 while the current set stays older than `maxAge`.',
  },
  'events.journal.enabled': {
    type: 'boolean',
    default: true,
    description: 'Whether events are kept here, too; only for who has a receiver in `events.sinks`.',
  },
  'events.journal.retention': {
    type: 'duration',
    default: null,
    least: 7 * 24 * hour,
    unset: 'never',
    description: 'How long events stay in the journal: from 7d to `never` delete.',
  },
  'events.journal.maxBytes': {
    type: 'bytes',
    default: 128 * MiB,
    least: 1 * MiB,
    description: 'Room for the journal with its rotated parts; the oldest part goes first.',
  },
  'events.sinks': {
    type: 'tables',
    default: [],
    most: limits.sinks,
    description: 'Further receivers of events; see below for the keys of each kind.',
  },
} as const satisfies OptionRows
