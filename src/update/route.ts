import type { Config, RulesConfig, SourceConfig } from '../config/config.ts'
import { nothingConfigured } from '../config/unconfigured.ts'
import { readAuthorities } from '../disk/authorities.ts'
import { DefsError } from '../error.ts'
import { lookUpLicence } from '../licence/look-up.ts'
import { mayDownload, refusal } from '../licence/state.ts'
import type { ConnectionOptions } from '../transport/transport.ts'
import type { Run } from './run.ts'

/**
 * The sources a run asks, in order: the one that was named and no other, or the default and then its
 * fallbacks. A single configured source is its own default.
 * @throws USAGE_ARGUMENT for a name that is not configured; CONFIG_INVALID when there is no default
 */
export function routeOf(config: Config, named: string | null): readonly SourceConfig[] {
  if (config.sources.size === 0) throw nothingConfigured(config)
  const together = partsTogether(config)
  if (together && (named === null || named === together.name || config.parts.includes(named)))
    return [together]
  if (named !== null) return [find(config, named)]
  const only = config.sources.size === 1 ? [...config.sources.keys()][0] : undefined
  const first = config.default ?? only
  if (first === undefined) {
    const known = [...config.sources.keys()].join(', ') || 'none'
    throw new DefsError(
      'CONFIG_INVALID',
      `no source to update from: set 'default:' or name one with --source (configured: ${known})`,
    )
  }
  const names = new Set([first, ...(config.default === null ? [] : config.fallback)])
  return [...names].map((name) => find(config, name))
}

/** The packs that become one set, as one source; null where a set comes from one source. */
function partsTogether({ parts: names, sources }: Pick<Config, 'parts' | 'sources'>): RulesConfig | null {
  const parts = names.flatMap((name) => {
    const source = sources.get(name)
    return source?.kind === 'rules' ? [source] : []
  })
  const [first] = parts
  if (!first) return null
  const style = parts.every((part) => part.style === first.style) ? first.style : 'auto'
  return {
    ...first,
    name: names.join('+'),
    urls: parts.flatMap(({ urls }) => urls),
    username: null,
    password: null,
    style,
    allowUnsigned: parts.some(({ allowUnsigned }) => allowUnsigned),
    parts,
  }
}

/** A source by its name, or that of all parts together. */
export function sourceNamed(config: Config, name: string): SourceConfig | undefined {
  const together = partsTogether(config)
  return together?.name === name ? together : config.sources.get(name)
}

function find(config: Config, name: string): SourceConfig {
  const source = config.sources.get(name)
  if (source) return source
  const known = [...config.sources.keys()].join(', ') || 'none'
  throw new DefsError('USAGE_ARGUMENT', `no source is called '${name}' (configured: ${known})`)
}

/**
 * How one source is reached: the network options with the source's own login.
 * @param address the only one that is asked, for which authorities are read where it needs them; null for any
 */
export async function reachOf(
  source: SourceConfig,
  network: Config['network'],
  address: string | null = null,
): Promise<ConnectionOptions> {
  return {
    username: source.username,
    password: source.password,
    tls: source.tls,
    authorities: address?.startsWith('http:') ? null : await authoritiesOf(network.authorities),
    proxy:
      network.proxy === null
        ? null
        : { url: network.proxy, username: network.proxyUsername, password: network.proxyPassword },
    noProxy: network.noProxy,
    connectTimeout: network.connectTimeout,
    stallTimeout: network.stallTimeout,
    userAgent: network.userAgent,
  }
}

async function authoritiesOf(file: string | null): Promise<string> {
  try {
    return await readAuthorities(file)
  } catch (cause) {
    throw new DefsError('CONFIG_UNREADABLE', `cannot read network.authorities ${file}`, {
      cause,
      ...(file === null ? {} : { path: file }),
    })
  }
}

/**
 * Without a content licence nothing is downloaded, not one request is made (docs/domain.md section 8); what is
 * on disk goes on being used.
 * @throws LICENCE_*
 */
export async function assertLicensed({ config, context }: Pick<Run, 'config' | 'context'>): Promise<void> {
  const state = await lookUpLicence(config.licence, context.now())
  if (!mayDownload(state)) throw refusal(state)
}
