import type { TestStep } from '../../advice/test-source.ts'
import type { ClamavConfig, SourceConfig } from '../../config/config.ts'
import { openStore } from '../../hawking/store.ts'
import { formatSpan, formatTime } from '../../report/span.ts'
import { healthOf } from '../../report/status.ts'
import { exitCodeOf } from '../exit-code.ts'
import { assertMayLook } from '../may-look.ts'
import { type CommandResult, type Line, tableLines } from '../output.ts'
import { readStore } from '../read-store.ts'
import type { Session } from '../session.ts'

/** Lists the configured sources in the order in which they are asked, then the others. */
export async function runSources(_input: object, session: Session): Promise<CommandResult> {
  const { config, view, now } = await readStore(session)
  const { parts } = config
  const inTurn = [...(config.default === null ? [] : [config.default]), ...config.fallback]
  // Parts become one set together: all of them are asked, one after another.
  const route = [...new Set(parts.length > 0 ? parts : inTurn)]
  const names = [...new Set([...route, ...config.sources.keys()])]
  const known = names.flatMap((name) => config.sources.get(name) ?? [])
  const places = await Promise.all(known.map(placesOf))
  const sources = known.map((source, index) => {
    const { name } = source
    const record = view.sources[name]
    const order = route.indexOf(name)
    return {
      name,
      kind: source.kind,
      places: places[index] ?? [],
      default: name === config.default,
      order: order < 0 ? null : order + 1,
      ...healthOf(record, now),
      lastAttempt: record?.lastAttempt ?? null,
      lastSuccess: record?.lastSuccess ?? null,
      error: record?.error ?? null,
      offered: record?.offered ?? null,
    }
  })
  const rows = sources.map(
    ({ name, kind, places: where, order, health, coolingUntil, lastSuccess, error }) => [
      order === null ? '-' : String(order),
      name,
      kind,
      `${health}${coolingUntil === null ? '' : ` until ${formatTime(coolingUntil)}`}`,
      lastSuccess === null ? 'never' : formatTime(lastSuccess),
      `${where.join(' ')}${error === null || health === 'good' ? '' : `  (${error.code})`}`,
    ],
  )
  const heads = ['order', 'name', 'kind', 'health', 'last good answer', 'where']
  const lines = rows.length === 0 ? ['no sources are configured'] : tableLines([heads, ...rows])
  return { exitCode: 0, json: { sources }, lines }
}

function placesOf(source: SourceConfig): readonly string[] | Promise<readonly string[]> {
  switch (source.kind) {
    case 'liveupdate':
    case 'internal':
      return source.hosts
    case 'rapid-release':
    case 'rules':
      return source.urls
    case 'shared-sep':
      return [source.path]
    case 'intelligent-updater':
      return source.path === null ? source.urls : [source.path]
    case 'clamav':
      return clamavPlaces(source)
  }
}

/** The mirrors that are asked; with a freshclam.conf those that it names, and the file itself. */
async function clamavPlaces(source: ClamavConfig): Promise<readonly string[]> {
  const { hosts, freshclamConf } = source
  if (freshclamConf === null) return hosts
  const { readInForce } = await import('../freshclam-in-force.ts')
  const inForce = await readInForce(freshclamConf, source).catch(() => null)
  return [...(hosts.length > 0 ? hosts : (inForce?.hosts ?? [])), freshclamConf]
}

export interface SourcesTestInput {
  readonly source: string
  /** Milliseconds; null for `network.deadline`. */
  readonly timeout: number | null
}

/** Tries one source; the exit code is that of what went wrong. @throws what `testSource` throws, STORE_PERMISSION */
export async function runSourcesTest(input: SourcesTestInput, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ secrets: true, writes: true })
  // A source that asked us to wait is left alone; that is written there.
  assertMayLook(openStore(config.store.root, config.store.layout))
  const { testSource } = await import('../../advice/test-source.ts')
  const { error, ...json } = await testSource(input, config, session.context)
  return {
    exitCode: error ? exitCodeOf[error.code] : 0,
    json,
    lines: json.steps.map(describe),
    ...(error ? { error } : {}),
  }
}

function describe({ step, place, ok, durationMs, detail, code }: TestStep): Line {
  const outcome = `${ok ? 'ok  ' : 'FAIL'} ${step.padEnd(9)} ${place}: ${detail}`
  const text = `${outcome}${code === null ? '' : ` [${code}]`} (${formatSpan(durationMs)})`
  return { text, tone: ok ? 'good' : 'bad' }
}
