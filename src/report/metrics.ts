import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { writeFileAtomic } from '../disk/atomic-file.ts'
import { freeSpace } from '../disk/free-space.ts'
import { describeError } from '../error.ts'
import type { AttemptRecord, SourceRecord } from '../hawking/records.ts'
import { openStore } from '../hawking/store.ts'
import { readStoreView } from '../hawking/view.ts'
import { dateOf, type Grade, type SetName } from '../set-name.ts'
import { expose, type Metric, one, seconds } from './exposition.ts'

/** The metrics of a store at this moment. Changes nothing, never throws: what cannot be read is left out. */
export async function readMetrics(config: Config): Promise<string> {
  const store = openStore(config.store.root, config.store.layout)
  const [view, space] = await Promise.all([
    readStoreView(store, config.product),
    freeSpace(store.root).catch(() => null),
  ])
  const current = view.sets.find((set) => set.current)
  return describeMetrics({
    current: current
      ? {
          set: current.set,
          grade: current.provenance?.grade ?? null,
          source: current.provenance?.source ?? null,
        }
      : null,
    sets: view.sets.length,
    attempt: view.attempt,
    sources: view.sources,
    freeBytes: space?.free ?? null,
  })
}

/**
 * Replaces the file of `metrics.textfile`, if one is configured, in one piece: a collector reads the old metrics or
 * the new ones. Never throws: metrics that cannot be written grow old, which is what monitors look for.
 */
export async function publishMetrics(config: Config, context: Pick<Context, 'emit'>): Promise<void> {
  const { textfile } = config.metrics
  if (textfile === null) return
  try {
    // Collectors run as somebody else.
    await writeFileAtomic(textfile, await readMetrics(config), 0o644)
  } catch (error) {
    const text = `the metrics cannot be written: ${describeError(error)}`
    context.emit({ type: 'note', level: 'warning', text })
  }
}

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
