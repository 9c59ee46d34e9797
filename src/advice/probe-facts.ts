import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config, SharedSepConfig, SourceConfig } from '../config/config.ts'
import { endpointPlaces } from '../config/layout.ts'
import type { SourceKind } from '../config/options/source.ts'
import type { Context } from '../context.ts'
import { limits } from '../limits.ts'
import { sourceKinds } from '../source/kinds.ts'
import { currentSet } from '../source/shared-sep/current-set.ts'
import { refusalOf } from '../source/shared-sep/source.ts'
import { readIni } from '../text/ini.ts'
import { type Configured, type Facts, methodPorts, type Neighbour, type WanCost } from './advise.ts'
import { type Endpoint, type Knock, placesOf, probePort, type SourceAddress } from './endpoints.ts'

/**
 * Finds out what the choice of a method rests on: knocks at the addresses of all configured sources, and at the
 * ports 80, 443 and 21 of their hosts outside, all at once and `limits.knock` long at the most; looks for an endpoint
 * product on this machine. Sends nothing, asks nobody for definitions, changes nothing.
 */
export async function probeFacts(config: Config, wanCost: WanCost, context: Context): Promise<Facts> {
  const sources = [...config.sources.values()]
  const outside = [...new Set(sources.filter(isOutside).flatMap((one) => hostsOf(one, config)))]
  const standard = outside.flatMap((host) => methodPorts.map((port) => ({ host, port })))
  const own = sources.flatMap((source) =>
    placesOf(source, config.network).flatMap(({ endpoint }) => endpoint ?? []),
  )
  const [knocks, neighbour] = await Promise.all([
    knockAt([...own, ...standard], context.signal),
    findNeighbour(config),
  ])
  context.signal.throwIfAborted()
  return {
    ports: {
      80: portState(80, outside, knocks),
      443: portState(443, outside, knocks),
      21: portState(21, outside, knocks),
    },
    knocks,
    methods: await configuredMethods(sources, config, knocks),
    neighbour,
    wanCost,
  }
}

function isOutside({ kind }: SourceConfig): boolean {
  return kind !== 'internal' && kind !== 'shared-sep'
}

function hostsOf(source: SourceConfig, { network }: Config): string[] {
  return placesOf(source, network).flatMap(({ endpoint }) => endpoint?.host ?? [])
}

function knockAt(endpoints: readonly Endpoint[], signal: AbortSignal): Promise<Knock[]> {
  const different = new Map(endpoints.map((endpoint) => [keyOf(endpoint), endpoint]))
  const chosen = [...different.values()].slice(0, limits.knocks)
  return Promise.all(chosen.map((endpoint) => probePort(endpoint, signal)))
}

const keyOf = ({ host, port }: Endpoint) => `${host} ${port}`

function portState(port: number, hosts: readonly string[], knocks: readonly Knock[]): boolean | null {
  if (hosts.length === 0) return null
  return knocks.some((one) => one.reachable && one.port === port && hosts.includes(one.host))
}

async function configuredMethods(
  sources: readonly SourceConfig[],
  { network }: Config,
  knocks: readonly Knock[],
): Promise<Record<SourceKind, Configured>> {
  const answered = new Set(knocks.filter((one) => one.reachable).map(keyOf))
  const isThere = ({ endpoint, path }: SourceAddress) =>
    endpoint ? answered.has(keyOf(endpoint)) : path !== null && exists(path)
  const entries = Object.keys(sourceKinds).map(async (kind): Promise<[string, Configured]> => {
    const states = sources
      .filter((source) => source.kind === kind)
      .map(async (source) => {
        const there = await Promise.all(placesOf(source, network).map(isThere))
        return { source: source.name, reachable: there.includes(true) }
      })
    const known = await Promise.all(states)
    return [kind, known.find(({ reachable }) => reachable) ?? known[0] ?? { source: null, reachable: null }]
  })
  return Object.fromEntries(await Promise.all(entries)) as Record<SourceKind, Configured>
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Where endpoint products keep their definitions (docs/domain.md section 1.5), in every spelling. */
function usualPlaces({ store }: Config): readonly string[] {
  if (process.platform === 'win32') return endpointPlaces('C:\\')
  const drive = store.layout.startsWith('windows-') ? endpointPlaces(store.root) : []
  return [...drive, '/opt/Symantec/virusdefs']
}

/** An endpoint product whose definitions might be shared: a configured one, else one in a usual place. */
async function findNeighbour(config: Config): Promise<Neighbour | null> {
  const configured = [...config.sources.values()].filter(
    (source): source is SharedSepConfig => source.kind === 'shared-sep',
  )
  for (const source of configured) {
    if (!(await hasDefinitions(source.path))) continue
    return { path: source.path, version: source.sepVersion, refusal: refusalOf(source) }
  }
  for (const path of [...(await fromSymantecConf()), ...usualPlaces(config)]) {
    if (await hasDefinitions(path)) return { path, version: null, refusal: null }
  }
  return null
}

function hasDefinitions(path: string): Promise<boolean> {
  return currentSet(path).then(
    () => true,
    () => false,
  )
}

/** On Unix its own configuration tells where it is. */
async function fromSymantecConf(): Promise<string[]> {
  if (process.platform === 'win32') return []
  const text = await readFile('/etc/Symantec.conf', 'latin1').catch(() => '')
  const base = readIni(text)
    .sections.flatMap(({ entries }) => [...entries])
    .find(([key]) => key.toLowerCase() === 'basedir')?.[1]
  return base === undefined ? [] : [join(base, 'virusdefs')]
}
