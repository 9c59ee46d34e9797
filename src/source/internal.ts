import type { InternalConfig } from '../config/config.ts'
import { DefsError } from '../error.ts'
import { isPlainName } from './package/plain-name.ts'
import type { Connect, Source } from './source.ts'
import { indexSource } from './tri/index-source.ts'
import { verifiedHost } from './tuf/verified-host.ts'

/**
 * An internal LiveUpdate server: the same layout below `<host>/<channel>/`, and with a pinned root its metadata
 * first.
 * @throws CONFIG_INVALID
 */
export function internal(config: InternalConfig, connect: Connect): Source {
  if (!isPlainName(config.channel)) {
    throw new DefsError(
      'CONFIG_INVALID',
      `'${config.channel}' is no channel: use a plain name such as production`,
      {
        source: config.name,
      },
    )
  }
  return indexSource(config, `${config.channel}/`, connect, async (host, { tuf, signal }) =>
    tuf ? verifiedHost(host, tuf, signal) : host,
  )
}
