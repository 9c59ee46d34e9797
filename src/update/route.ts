import type { Config, SourceConfig } from '../config/config.ts'
import { DefsError } from '../error.ts'

/**
 * The sources a run asks, in order: the one that was named and no other, or the default and then its
 * fallbacks. A single configured source is its own default.
 * @throws USAGE_ARGUMENT for a name that is not configured; CONFIG_INVALID when there is no default
 */
export function routeOf(config: Config, named: string | null): readonly SourceConfig[] {
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

function find(config: Config, name: string): SourceConfig {
  const source = config.sources.get(name)
  if (source) return source
  const known = [...config.sources.keys()].join(', ') || 'none'
  throw new DefsError('USAGE_ARGUMENT', `no source is called '${name}' (configured: ${known})`)
}
