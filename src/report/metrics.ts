import type { Config } from '../config/config.ts'
import { networkOptions } from '../config/options/network.ts'
import { updateOutcomes } from '../hawking/observations.ts'
import { dateOf } from '../set-name.ts'
import { expose, type Metric, one, seconds } from './exposition.ts'
import type { Status } from './status.ts'
import { protectionStates } from './verdict.ts'

// The program names itself so everywhere; a test holds it to package.json.
const version = networkOptions['network.userAgent'].default.replace(/^.*\//, '')

/** Which store the metrics are of; on every series, or a second store behind one collector would vanish. */
interface Place extends Pick<Config, 'family'> {
  readonly store: Pick<Config['store'], 'root'>
}

/**
 * The metrics in the text format of Prometheus. Timestamps and no ages, so that a file that is no longer written
 * grows old in the eyes of a monitor: `time() - defs_set_date_timestamp_seconds`.
 * @param family the line of definitions
 */
export function describeMetrics(status: Status, place: Place, family = place.family): string {
  return exposeMetrics([metricsOf(status, place, family)])
}

/** The metrics of several families as one text, each name once. */
export function exposeMetrics(families: readonly (readonly Metric[])[]): string {
  const merged = new Map<string, Metric>()
  for (const metric of families.flat()) {
    const before = merged.get(metric.name)
    merged.set(metric.name, before ? { ...before, samples: [...before.samples, ...metric.samples] } : metric)
  }
  return expose([...merged.values()])
}

/** The metrics of one family, every sample with `store` and `family`. */
export function metricsOf(status: Status, { store }: Pick<Place, 'store'>, family: string): Metric[] {
  const constant = { store: store.root, family }
  return measure(status).map((metric) => ({
    ...metric,
    samples: metric.samples.map(({ labels, value }) => ({ labels: { ...constant, ...labels }, value })),
  }))
}

function measure(status: Status): Metric[] {
  const { current, inUse, verdict, lastAttempt, lastSuccess, sources, disk, licence, databases, updates } =
    status
  const bySource = (read: (source: Status['sources'][number]) => number[]) =>
    sources.flatMap((source) => read(source).map((value) => ({ labels: { source: source.name }, value })))
  // Parts are taken as one: what is updated is the set of all of them.
  const isMerged = (name: string) =>
    name.includes('+') && name.split('+').every((part) => sources.some((source) => source.name === part))
  const merged = Object.keys(updates.runs).filter(isMerged).sort()
  const counted = [...sources.map(({ name }) => name), ...merged].flatMap((name) =>
    updateOutcomes.map((outcome) => ({
      labels: { source: name, outcome },
      value: (Object.hasOwn(updates.runs, name) ? updates.runs[name]?.[outcome] : 0) ?? 0,
    })),
  )
  const healthy = verdict.state === 'protected' ? 1 : 0
  return [
    one('defs_protected', 'Whether the definitions are sound, fresh and proved in use.', [healthy]),
    {
      name: 'defs_verdict',
      help: 'The verdict: 1 for the state it has, 0 for the others.',
      samples: protectionStates.map((state) => ({
        labels: { state },
        value: state === verdict.state ? 1 : 0,
      })),
    },
    {
      name: 'defs_scanner_in_use',
      help: 'Whether the scanner uses this set, the current one.',
      samples: current === null ? [] : [{ labels: { set: current }, value: inUse === current ? 1 : 0 }],
    },
    {
      name: 'defs_database_version',
      help: 'Version of each ClamAV database of the current set.',
      samples: databases.map(({ name, version }) => ({ labels: { database: name }, value: version })),
    },
    {
      name: 'defs_updates_total',
      help: 'Updates by source and outcome.',
      type: 'counter',
      samples: counted,
    },
    one(
      'defs_update_duration_seconds',
      'How long the last update took.',
      updates.lastDurationMs === null ? [] : [updates.lastDurationMs / 1000],
    ),
    one('defs_licence_end_timestamp_seconds', 'End of the content licence.', seconds(licence.ends)),
    one(
      'defs_set_date_timestamp_seconds',
      'Day of the current definition set.',
      current === null ? [] : [dateOf(current).getTime() / 1000],
    ),
    one(
      'defs_last_success_timestamp_seconds',
      'When a source last delivered or had nothing newer.',
      seconds(lastSuccess),
    ),
    one(
      'defs_last_attempt_timestamp_seconds',
      'When the last update began.',
      seconds(lastAttempt?.at ?? null),
    ),
    one(
      'defs_last_attempt_success',
      'Whether the last update ended well.',
      lastAttempt ? [lastAttempt.outcome === 'succeeded' ? 1 : 0] : [],
    ),
    {
      name: 'defs_info',
      help: 'The current definition set.',
      samples:
        current === null
          ? []
          : [
              {
                labels: {
                  set: current,
                  grade: status.grade ?? 'unknown',
                  source: status.source ?? 'unknown',
                },
                value: 1,
              },
            ],
    },
    {
      name: 'defs_source_last_success_timestamp_seconds',
      help: 'When this source last delivered a set that was accepted, or truthfully had nothing newer.',
      samples: bySource(({ lastSuccess: at }) => seconds(at)),
    },
    {
      name: 'defs_source_up',
      help: 'Whether this source did well when it was last asked.',
      samples: bySource(({ health }) => (health === 'unknown' ? [] : [health === 'good' ? 1 : 0])),
    },
    {
      name: 'defs_source_cooling_until_timestamp_seconds',
      help: 'Until when this source asked to be left alone.',
      samples: bySource(({ coolingUntil }) => seconds(coolingUntil)),
    },
    one('defs_sets', 'Definition sets on disk.', [status.sets]),
    one(
      'defs_store_free_bytes',
      'Free bytes on the disk of the store.',
      disk === null ? [] : [disk.freeBytes],
    ),
    {
      name: 'defs_build_info',
      help: 'The program itself.',
      samples: [{ labels: { version }, value: 1 }],
    },
  ]
}
