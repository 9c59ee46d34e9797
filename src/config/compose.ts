import type { SinkConfig } from '../event/sink/sink-config.ts'
import { limits } from '../limits.ts'
import type {
  Config,
  ScannerConfig,
  ScannerKeys,
  ScannerKind,
  ScheduleConfig,
  SourceConfig,
} from './config.ts'
import type { FleetConfig } from './fleet.ts'
import { layoutInForce, layouts, locate } from './layout.ts'
import { type Nested, nest } from './nested.ts'
import type { MainSettings } from './options/main.ts'
import type { Option } from './options/option.ts'
import { scannerOptions } from './options/scanner.ts'
import { hostAndPort } from './read-value.ts'

/** All that a configuration is put together from. */
export interface Parts {
  readonly file: string | null
  readonly family: string
  readonly families: ReadonlyMap<string, string>
  /** `store.root` of what all families share. */
  readonly shared: string
  readonly main: MainSettings
  readonly sources: ReadonlyMap<string, SourceConfig>
  /** Null when nobody wrote one. */
  readonly schedule: readonly ScheduleConfig[] | null
  readonly sinks: readonly SinkConfig[]
  readonly fleet: FleetConfig | null
  readonly proxyPassword: string | null
}

/** Puts the checked values into the shape the rest of `defs` works with, and freezes it. */
export function composeConfig({
  file,
  family,
  families,
  shared,
  main,
  sources,
  schedule,
  sinks,
  fleet,
  proxyPassword,
}: Parts): Config {
  const { scanner: _, ...tables } = nest(main)
  const { proxy, ...network } = tables.network
  const only = main.parts[0] ?? (sources.size === 1 ? ([...sources.keys()][0] ?? null) : null)
  const enabled = schedule?.filter((line) => line.enabled)
  return deepFreeze({
    ...tables,
    file,
    family,
    families,
    store: {
      ...tables.store,
      shared,
      layout: layoutInForce(main['store.layout'], main['store.root'], main['product.version']),
    },
    default: main.default ?? only,
    sources,
    schedule: enabled ?? daily(main.default ?? only),
    scheduleDisabled: (schedule ?? []).filter((line) => !line.enabled),
    scheduleIsDefault: schedule === null,
    scheduleOff: enabled?.length === 0,
    scanner: scannerOf(main),
    console: consoleOf(tables.console),
    events: { ...tables.events, sinks },
    network: {
      ...network,
      proxy: proxy?.url ?? null,
      proxyUsername: network.proxyUsername ?? proxy?.username ?? null,
      proxyPassword,
    },
    fleet,
  })
}

function consoleOf({ listen, users, names, ...own }: Nested<MainSettings>['console']): Config['console'] {
  const [, host, port] = hostAndPort.exec(listen) ?? []
  if (users === null || host === undefined) return null
  return { ...own, host, port: Number(port), users, names: names.map((name) => name.toLowerCase()) }
}

/**
 * Updates are on by default, once a day: the default source, at a time that the name of the host
 * spreads over the day.
 */
function daily(source: string | null): readonly ScheduleConfig[] {
  if (source === null) return []
  return [
    {
      source,
      publish: null,
      days: null,
      first: '00:00',
      every: null,
      cron: null,
      jitter: 24 * 3_600_000 - 1,
      enabled: true,
    },
  ]
}

function scannerOf(main: MainSettings): Config['scanner'] {
  return { ...scannerKeys(main, 'any'), ...scannerOfKind(main) }
}

function scannerOfKind(main: MainSettings): ScannerConfig {
  const kind = main['scanner.kind']
  switch (kind) {
    case 'direct':
      return { kind }
    case 'csapi':
      return { kind, path: main['scanner.path'] ?? csapiOf(main) ?? '' }
    case 'clamd': {
      const own = scannerKeys(main, kind)
      return { kind, ...own, socket: own.socket ?? '', timeout: own.timeout ?? limits.scannerLoad }
    }
    case 'suricata': {
      const own = scannerKeys(main, kind)
      return { kind, socket: own.socket ?? '', timeout: own.timeout ?? limits.scannerLoad }
    }
    case 'command': {
      const own = scannerKeys(main, kind)
      return { kind, ...own, timeout: own.timeout ?? limits.scannerCommand }
    }
  }
}

/** The values of the keys of `scanner` that have a meaning with a kind, by the option table. */
function scannerKeys<Kind extends ScannerKind | 'any'>(main: MainSettings, kind: Kind): ScannerKeys<Kind> {
  const rows = Object.entries<Option>(scannerOptions).filter(([, { only }]) =>
    (only ?? ['any']).includes(kind),
  )
  const values: Readonly<Record<string, unknown>> = main
  const own = rows.map(([path]) => [path.slice('scanner.'.length), values[path]] as const)
  return nest(Object.fromEntries(own)) as ScannerKeys<Kind>
}

/** Where the layout has the scanner's copy; null when it has none. */
export function csapiOf(main: Pick<MainSettings, 'store.root' | 'store.layout'>): string | null {
  const { csapi } = layouts[main['store.layout']]
  return csapi && locate(main['store.root'], csapi)
}

// A map keeps its methods when frozen, so it is only typed as read-only; its values are frozen.
function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of value instanceof Map ? value.values() : Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
