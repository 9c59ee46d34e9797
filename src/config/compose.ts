import { join } from 'node:path'
import type { SinkConfig } from '../event/sink/sink-config.ts'
import { limits } from '../limits.ts'
import type { MainSettings } from './check/main.ts'
import type { Config, ScannerConfig, ScheduleConfig, SourceConfig } from './config.ts'
import type { FleetConfig } from './fleet.ts'
import { layouts } from './layout.ts'
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
  const proxy = main['network.proxy']
  // With a single source there is nothing to choose.
  const only = main.parts[0] ?? (sources.size === 1 ? ([...sources.keys()][0] ?? null) : null)
  return deepFreeze({
    file,
    family,
    families,
    store: {
      root: main['store.root'],
      shared,
      keep: main['store.keep'],
      layout: main['store.layout'],
      group: main['store.group'],
      reserve: main['store.reserve'],
    },
    product: { name: main['product.name'], version: main['product.version'] },
    trust: {
      anchors: main['trust.anchors'],
      tufRoot: main['trust.tufRoot'],
      allowSha1: main['trust.allowSha1'],
      expired: main['trust.expired'],
    },
    default: main.default ?? only,
    fallback: main.fallback,
    sources,
    parts: main.parts,
    schedule: schedule ?? daily(main.default ?? only),
    scheduleIsDefault: schedule === null,
    scheduleOff: schedule?.length === 0,
    timeZone: main.timeZone,
    scanner: scannerOf(main),
    gate: gateOf(main),
    confirm: {
      window: main['scanner.confirm'],
      watch: main['scanner.watch'],
      log: main['scanner.detections.log'],
      most: main['scanner.detections.most'],
    },
    grace: main['scanner.grace'],
    maxAge: main.maxAge,
    licence: {
      file: main['licence.file'],
      required: main['licence.required'],
      product: main['licence.product'],
    },
    role: { is: main['role.is'], command: main['role.command'] },
    managementAddress: main.managementAddress,
    retry: { every: main['retry.every'], for: main['retry.for'] },
    metrics: { textfile: main['metrics.textfile'] },
    daemon: { listen: main['daemon.listen'] },
    console: consoleOf(main),
    events: {
      sourceName: main['events.sourceName'],
      outdatedEvery: main['events.outdatedEvery'],
      journal: {
        retention: main['events.journal.retention'],
        maxBytes: main['events.journal.maxBytes'],
      },
      sinks,
    },
    network: {
      proxy: proxy?.url ?? null,
      proxyUsername: main['network.proxyUsername'] ?? proxy?.username ?? null,
      proxyPassword,
      noProxy: main['network.noProxy'],
      authorities: main['network.authorities'],
      connectTimeout: main['network.connectTimeout'],
      stallTimeout: main['network.stallTimeout'],
      throughput: main['network.throughput'],
      deadline: main['network.deadline'],
      tries: main['network.tries'],
      userAgent: main['network.userAgent'],
    },
    publish: {
      root: main['publish.root'],
      keys: main['publish.keys'],
      passphraseFile: main['publish.passphraseFile'],
      product: main['publish.product'],
      version: main['publish.version'],
      language: main['publish.language'],
      keep: main['publish.keep'],
      soak: main['publish.soak'],
      incremental: main['publish.incremental'],
      life: main['publish.life'],
    },
    fleet,
    serve: {
      host: main['serve.host'],
      port: main['serve.port'],
      certificate: main['serve.certificate'],
      key: main['serve.key'],
      tokens: main['serve.tokens'],
      connections: main['serve.connections'],
      rate: main['serve.rate'],
    },
    limits: {
      package: main['limits.package'],
      unpacked: main['limits.unpacked'],
      entries: main['limits.entries'],
      ratio: main['limits.ratio'],
    },
  })
}

function consoleOf(main: MainSettings): Config['console'] {
  const [, host, port] = hostAndPort.exec(main['console.listen']) ?? []
  const users = main['console.users']
  if (users === null || host === undefined) return null
  return {
    host,
    port: Number(port),
    users,
    idle: main['console.idle'],
    sessions: main['console.sessions'],
    certificate: main['console.certificate'],
    key: main['console.key'],
    names: main['console.names'].map((name) => name.toLowerCase()),
    tokens: main['console.tokens'],
  }
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
    },
  ]
}

function scannerOf(main: MainSettings): ScannerConfig {
  switch (main['scanner.kind']) {
    case 'direct':
      return { kind: 'direct' }
    case 'csapi':
      return { kind: 'csapi', path: main['scanner.path'] ?? csapiOf(main) ?? '' }
    case 'clamd':
      return {
        kind: 'clamd',
        socket: main['scanner.socket'] ?? '',
        timeout: main['scanner.timeout'] ?? limits.clamdReload,
        canary: main['scanner.canary'],
        restart: main['scanner.restart'],
        conf: main['scanner.conf'],
      }
    case 'command':
      return {
        kind: 'command',
        argv: main['scanner.argv'],
        timeout: main['scanner.timeout'] ?? limits.scannerCommand,
      }
  }
}

function gateOf(main: MainSettings): Config['gate'] {
  return {
    engine: main['gate.engine'],
    program: main['gate.program'],
    detect: main['gate.detect'],
    eicar: main['gate.eicar'],
    clean: main['gate.clean'],
    timeout: main['gate.timeout'],
    memory: main['gate.memory'],
    command: main['gate.command'],
    size: {
      shrink: { certified: main['gate.shrink.certified'], rapid: main['gate.shrink.rapid'] },
      growth: { certified: main['gate.growth.certified'], rapid: main['gate.growth.rapid'] },
      growthFrom: main['gate.growth.from'],
    },
  }
}

/** Where the layout has the scanner's copy; null when it has none. */
export function csapiOf(main: Pick<MainSettings, 'store.root' | 'store.layout'>): string | null {
  const { csapi } = layouts[main['store.layout']]
  return csapi && join(main['store.root'], ...csapi)
}

// A map keeps its methods when frozen, so it is only typed as read-only; its values are frozen.
function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of value instanceof Map ? value.values() : Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
