import { join } from 'node:path'
import { readForeign } from '../../disk/foreign-file.ts'
import { limits } from '../../limits.ts'
import { expose, type Metric, one, seconds } from '../../report/exposition.ts'
import { dateOf } from '../../set-name.ts'
import { type Catalog, readCatalog } from '../catalog.ts'
import { type MirrorRecord, peekMirrors } from '../mirror.ts'
import type { PublishPaths } from '../paths.ts'

/** What a server has done since it was started. */
export interface Tally {
  readonly startedAt: Date
  /** Requests by the status of their answer. */
  readonly answers: ReadonlyMap<number, number>
}

/** The metrics of a tree and of whoever serves it, read anew. @throws STORE_* when the catalog is damaged */
export async function serverMetrics(paths: PublishPaths, served: Tally, now: Date): Promise<string> {
  const [catalog, { freshUntil }, mirrors] = await Promise.all([
    readCatalog(paths),
    healthOf(paths.tree, now),
    peekMirrors(paths),
  ])
  return expose([
    one(
      'defs_published_fresh_until_timestamp_seconds',
      'Until when clients believe the tree.',
      seconds(freshUntil),
    ),
    one('defs_published_sets', 'Sets that are published.', [catalog.releases.length]),
    ...channelMetrics(catalog),
    ...mirrorMetrics(mirrors),
    one('defs_serve_start_timestamp_seconds', 'When this server was started.', [
      served.startedAt.getTime() / 1000,
    ]),
    {
      name: 'defs_serve_requests_total',
      help: 'Requests that were answered.',
      type: 'counter',
      samples: [...served.answers].map(([code, value]) => ({ labels: { code: String(code) }, value })),
    },
  ])
}

function channelMetrics({ channels }: Catalog): Metric[] {
  const all = Object.values(channels)
  return [
    {
      name: 'defs_channel_info',
      help: 'The set that a channel offers.',
      samples: all.map(({ name, current }) => ({ labels: { channel: name, set: current }, value: 1 })),
    },
    {
      name: 'defs_channel_set_date_timestamp_seconds',
      help: 'Day of the set that a channel offers.',
      samples: all.map(({ name, current }) => ({
        labels: { channel: name },
        value: dateOf(current).getTime() / 1000,
      })),
    },
    {
      name: 'defs_channel_changed_timestamp_seconds',
      help: 'Since when a channel offers its set.',
      samples: all.flatMap(({ name, since }) =>
        seconds(since).map((value) => ({ labels: { channel: name }, value })),
      ),
    },
  ]
}

function mirrorMetrics(mirrors: Readonly<Record<string, MirrorRecord>>): Metric[] {
  const all = Object.entries(mirrors)
  return [
    {
      name: 'defs_mirror_last_attempt_timestamp_seconds',
      help: 'When a source was last mirrored into a channel.',
      samples: all.flatMap(([mirror, { lastAttempt }]) =>
        seconds(lastAttempt).map((value) => ({ labels: { mirror }, value })),
      ),
    },
    {
      name: 'defs_mirror_up',
      help: 'Whether that went well.',
      samples: all.map(([mirror, { outcome }]) => ({
        labels: { mirror },
        value: outcome === 'succeeded' ? 1 : 0,
      })),
    },
  ]
}

/** What `/healthz` says. */
export interface ServerHealth {
  readonly ok: boolean
  /** RFC 3339; until when clients believe what is published, null when nothing is. */
  readonly freshUntil: string | null
}

/** Whether clients can use the tree: there is a statement, and neither it nor the root that it leads to is out of date. */
export async function healthOf(root: string, now: Date): Promise<ServerHealth> {
  const timestamp = await endOf(root, 'timestamp.json')
  if (timestamp === null) return { ok: false, freshUntil: null }
  const ends = [timestamp, (await endOf(root, 'root.json')) ?? timestamp]
  const [freshUntil = timestamp] = ends.toSorted((a, b) => Date.parse(a) - Date.parse(b))
  return { ok: Date.parse(freshUntil) > now.getTime(), freshUntil }
}

/** Until when a statement counts; null when it is not there or makes no sense. */
async function endOf(root: string, name: string): Promise<string | null> {
  try {
    const { bytes } = await readForeign(join(root, 'metadata', name), limits.publishText)
    const { signed }: { signed?: { expires?: unknown } } = JSON.parse(bytes.toString())
    return typeof signed?.expires === 'string' ? signed.expires : null
  } catch {
    return null
  }
}
