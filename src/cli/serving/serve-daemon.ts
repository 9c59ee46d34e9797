import type { Config } from '../../config/config.ts'
import { describeError, isDefsError } from '../../error.ts'
import type { Status } from '../../report/status.ts'
import type { MetricsServer } from '../../schedule/metrics-server.ts'
import type { InForce, Session } from '../session.ts'
import { startConsole } from './serve-console.ts'

/** What a daemon tells of, by family. */
export type TellingOf = () => Promise<readonly Config[]>

/**
 * Serves `/metrics`, `/healthz` and `/livez` at `daemon.listen`; null without one. Metrics are a convenience: a port
 * that is taken must not keep definitions from being updated.
 */
export async function serveTold(
  listen: string | null,
  told: TellingOf,
  { context }: Pick<Session, 'context'>,
): Promise<MetricsServer | null> {
  if (listen === null) return null
  const { serveMetrics } = await import('../../schedule/metrics-server.ts')
  const { exposeMetrics, metricsOf } = await import('../../report/metrics.ts')
  const { openStatusReader } = await import('../../report/status-file.ts')
  const { gravestVerdict, isHealthy } = await import('../../report/verdict.ts')
  const read = openStatusReader(context.now)
  const all = async () =>
    Promise.all((await told()).map(async (config): Promise<[Config, Status]> => [config, await read(config)]))
  try {
    return await serveMetrics(listen, {
      async metrics() {
        return exposeMetrics(
          (await all()).map(([config, status]) => metricsOf(status, config, config.family)),
        )
      },
      async health() {
        const found = await all()
        const verdict = gravestVerdict(found.map(([, status]) => status.verdict))
        const families = Object.fromEntries(
          found.map(([config, status]) => [config.family, { verdict: status.verdict }]),
        )
        const json = JSON.stringify(found.length > 1 ? { verdict, families } : { verdict })
        return { well: verdict !== null && isHealthy(verdict), json }
      },
    })
  } catch (error) {
    const text = `no metrics are served at ${listen}: ${describeError(error)}`
    context.emit({ type: 'note', level: 'warning', text })
    return null
  }
}

/** What one daemon serves for all families: metrics, health, and the console. */
export async function serveFamilies(
  families: readonly string[],
  session: Session,
): Promise<{ readonly close: () => Promise<void> }> {
  const [first = ''] = families
  const own = session.forFamily(first)
  const found = await own.load({ silent: true }).catch((error: unknown) => {
    // A family that cannot be read says so itself.
    if (isDefsError(error)) return null
    throw error
  })
  if (found === null) return { close: async () => undefined }
  const inForce = { config: found.config }
  const told = readAnew(families, inForce, session)
  const reload = () => void told.again()
  session.environment.signals.on('SIGHUP', reload)
  const server = await serveTold(found.config.daemon.listen, told.configs, session)
  const console = await startConsole(session, inForce, { host: true, fleet: false })
  return {
    async close() {
      session.environment.signals.off('SIGHUP', reload)
      await console?.close()
      await server?.close()
    },
  }
}

/** The configurations of all families, read again when somebody asks for it; one that cannot be read stays as it was. */
function readAnew(families: readonly string[], inForce: { config: Config }, session: Session) {
  const known = new Map<string, Config>()
  const again = async () => {
    for (const family of families) {
      const loaded = await session
        .forFamily(family)
        .load({ silent: true })
        .catch(() => null)
      if (loaded) known.set(family, loaded.config)
    }
    inForce.config = known.get(families[0] ?? '') ?? inForce.config
  }
  let reading: Promise<void> | null = null
  return {
    async again() {
      reading = again()
      await reading
    },
    async configs() {
      reading ??= again()
      await reading
      return [...known.values()]
    },
  }
}

/** The one family of a daemon, as its configuration is at the moment. */
export function onlyOne(inForce: InForce): TellingOf {
  return async () => [inForce.config]
}
