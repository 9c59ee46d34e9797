import type { Config } from '../../../config/config.ts'
import { joinSignals } from '../../../context.ts'
import { describeError } from '../../../error.ts'
import type { Report } from '../../../event/report.ts'
import type { Site } from '../../../fleet/controller/site.ts'
import type { MetricsServer } from '../../../schedule/metrics-server.ts'
import { type CommandResult, plainJson } from '../../output.ts'
import { watchReplaced } from '../../replaced.ts'
import { startConsole } from '../../serving/serve-console.ts'
import type { Session } from '../../session.ts'
import { withSite } from './decide.ts'
import { failureOf } from './failure.ts'
import { statusLines } from './look.ts'

/**
 * Runs the controller until SIGTERM or SIGINT, which end it with 0; with `once` for one look.
 * @throws STORE_BUSY when another one runs; KEYS_*, STORE_*; INTERRUPTED when its program was replaced below a service manager
 */
export async function runRun({ once }: { readonly once: boolean }, session: Session): Promise<CommandResult> {
  const { globals, environment } = session
  if (globals.json) session.listen((report) => writeEvent(report, environment.stdout))
  return withSite(session, async (site, config, deliver) => {
    const { runController } = await import('../../../fleet/controller/run.ts')
    if (once) {
      const { exitCode, status } = await runController(site, { once, onLook: () => undefined })
      const failure = failureOf(exitCode, status.rings)
      return { exitCode, json: { ...status }, lines: statusLines(status), ...failure }
    }
    const { openAlarm } = await import('../../../schedule/alarm.ts')
    const console = await startConsole(session, { config }, { host: false, fleet: true })
    const { openServiceManager } = await import('../../../schedule/service-manager.ts')
    const { listens } = openServiceManager(environment.env)
    const program = watchReplaced(session, { config }, 'the controller', listens)
    const { signal: ours } = session.context
    const { signal, release } = joinSignals([ours, program.signal])
    const delivering = openAlarm([{ run: deliver, due: () => 0 }, program.task])
    const server = await serveFleetMetrics(site, config)
    try {
      const whileOurs = { ...site, context: { ...site.context, signal } }
      const { status } = await runController(whileOurs, { once, onLook: () => undefined })
      if (!ours.aborted) program.signal.throwIfAborted()
      return { exitCode: 0, json: { ...status }, lines: statusLines(status) }
    } finally {
      release()
      await console?.close()
      await server?.close()
      delivering.stop()
    }
  })
}

function writeEvent(report: Report, out: { write(text: string): unknown }): void {
  if (report.type === 'event') out.write(`${plainJson(report.event)}\n`)
}

/** Metrics are a convenience: a port that is taken must not keep the controller from its work. */
async function serveFleetMetrics(site: Site, { daemon }: Config): Promise<MetricsServer | null> {
  const { listen } = daemon
  if (listen === null) return null
  const { serveMetrics } = await import('../../../schedule/metrics-server.ts')
  const { survey } = await import('../../../fleet/controller/survey.ts')
  const { fleetMetrics } = await import('../../../fleet/metrics.ts')
  const { expose } = await import('../../../report/exposition.ts')
  try {
    return await serveMetrics(listen, {
      async metrics() {
        const { world, status } = await survey(site)
        return expose(fleetMetrics(world, status))
      },
      async health() {
        const { status, exitCode } = await survey(site)
        return {
          well: exitCode !== 3 && exitCode !== 5,
          json: JSON.stringify({ fleet: status.fleet, state: status.state }),
        }
      },
    })
  } catch (error) {
    site.ground.note(`no metrics are served at ${listen}: ${describeError(error)}`)
    return null
  }
}
