import type { AttemptRecord, SourceRecord } from '../hawking/record.ts'
import { dateOf, type Grade, type SetName } from '../set-id.ts'
import { expose, type Metric, one, seconds } from './exposition.ts'

type SourceFacts = Pick<SourceRecord, 'lastSuccess' | 'outcome' | 'coolingUntil'>

/** What the metrics are made from. */
export interface MetricFacts {
  readonly current: {
    readonly set: SetName
    readonly grade: Grade | null
    readonly source: string | null
  } | null
  /** How many sets are on disk. */
  readonly sets: number
  readonly attempt: AttemptRecord | null
  readonly sources: Readonly<Record<string, SourceFacts>>
  /** Bytes; null when the disk cannot be asked. */
  readonly freeBytes: number | null
}

/**
 * The metrics in the text format of Prometheus. Timestamps and no ages, so that a file that is no longer written
 * grows old in the eyes of a monitor: `time() - defs_set_date_timestamp_seconds`.
 */
export function describeMetrics(facts: MetricFacts): string {
  return expose(metricsOf(facts))
}

function metricsOf({ current, sets, attempt, sources, freeBytes }: MetricFacts): Metric[] {
  const records = Object.entries(sources)
  const successes = records.flatMap(([, { lastSuccess }]) => seconds(lastSuccess))
  const lastSuccess = successes.length === 0 ? [] : [Math.max(...successes)]
  const cooling = records.flatMap(([source, { coolingUntil }]) => {
    const untils = Object.values(coolingUntil).flatMap(seconds)
    return untils.length === 0 ? [] : [{ labels: { source }, value: Math.max(...untils) }]
  })
  const bySource = (read: (record: SourceFacts) => number[]) =>
    records.flatMap(([source, record]) => read(record).map((value) => ({ labels: { source }, value })))
  return [
    one('defs_set_date_timestamp_seconds', 'Day of the current definition set.', setDate(current)),
    one('defs_last_success_timestamp_seconds', 'When a source last answered well.', lastSuccess),
    one('defs_last_attempt_timestamp_seconds', 'When the last update began.', seconds(attempt?.at ?? null)),
    one(
      'defs_last_attempt_success',
      'Whether the last update ended well.',
      attempt ? [attempt.outcome === 'succeeded' ? 1 : 0] : [],
    ),
    {
      name: 'defs_info',
      help: 'The current definition set.',
      samples: current
        ? [
            {
              labels: {
                set: current.set,
                grade: current.grade ?? 'unknown',
                source: current.source ?? 'unknown',
              },
              value: 1,
            },
          ]
        : [],
    },
    {
      name: 'defs_source_last_success_timestamp_seconds',
      help: 'When this source last answered well.',
      samples: bySource((record) => seconds(record.lastSuccess)),
    },
    {
      name: 'defs_source_up',
      help: 'Whether this source answered well when it was last asked.',
      samples: bySource(({ outcome }) => (outcome === null ? [] : [outcome === 'succeeded' ? 1 : 0])),
    },
    {
      name: 'defs_source_cooling_until_timestamp_seconds',
      help: 'Until when this source asked to be left alone.',
      samples: cooling,
    },
    one('defs_sets', 'Definition sets on disk.', [sets]),
    one(
      'defs_store_free_bytes',
      'Free bytes on the disk of the store.',
      freeBytes === null ? [] : [freeBytes],
    ),
  ]
}

function setDate(current: MetricFacts['current']): number[] {
  return current ? [dateOf(current.set).getTime() / 1000] : []
}
