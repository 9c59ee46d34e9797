import type { SourceConfig } from '../../config/config.ts'
import type { CommandResult } from '../command-result.ts'
import { formatTime } from '../format.ts'
import type { Session } from '../session.ts'
import { healthOf, readStore } from '../store-reading.ts'
import { tableLines } from '../table.ts'

/** Lists the configured sources in the order in which they are asked, then the others. */
export async function runSources(_input: object, session: Session): Promise<CommandResult> {
  const { config, view, now } = await readStore(session)
  const route = [...new Set([...(config.default === null ? [] : [config.default]), ...config.fallback])]
  const names = [...new Set([...route, ...config.sources.keys()])]
  const sources = names.flatMap((name) => {
    const source = config.sources.get(name)
    if (!source) return []
    const record = view.sources[name]
    const order = route.indexOf(name)
    return {
      name,
      kind: source.kind,
      places: placesOf(source),
      default: name === config.default,
      order: order < 0 ? null : order + 1,
      ...healthOf(record, now),
      lastAttempt: record?.lastAttempt ?? null,
      lastSuccess: record?.lastSuccess ?? null,
      error: record?.error ?? null,
      offered: record?.offered ?? null,
    }
  })
  const rows = sources.map(({ name, kind, places, order, health, coolingUntil, lastSuccess, error }) => [
    order === null ? '-' : String(order),
    name,
    kind,
    `${health}${coolingUntil === null ? '' : ` until ${formatTime(coolingUntil)}`}`,
    lastSuccess === null ? 'never' : formatTime(lastSuccess),
    `${places.join(' ')}${error === null || health === 'good' ? '' : `  (${error.code})`}`,
  ])
  const heads = ['order', 'name', 'kind', 'health', 'last good answer', 'where']
  const lines = rows.length === 0 ? ['no sources are configured'] : tableLines([heads, ...rows])
  return { exitCode: 0, json: { sources }, lines }
}

function placesOf(source: SourceConfig): readonly string[] {
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
      return source.freshclamConf === null ? source.hosts : [...source.hosts, source.freshclamConf]
  }
}
