import type { Report } from '../../../event/report.ts'
import { type CommandResult, plainJson } from '../../output.ts'
import { startConsole } from '../../serve-console.ts'
import type { Session } from '../../session.ts'
import { withSite } from './decide.ts'
import { statusLines } from './look.ts'

/**
 * Runs the controller until SIGTERM or SIGINT, which end it with 0; with `once` for one look.
 * @throws STORE_BUSY when another one runs; KEYS_*, STORE_*
 */
export async function runRun({ once }: { readonly once: boolean }, session: Session): Promise<CommandResult> {
  const { globals, environment } = session
  if (globals.json) session.listen((report) => writeEvent(report, environment.stdout))
  return withSite(session, async (site, config, deliver) => {
    const { runController } = await import('../../../fleet/controller/run.ts')
    if (once) {
      const { exitCode, status } = await runController(site, { once, onLook: () => undefined })
      return { exitCode, json: { ...status }, lines: statusLines(status) }
    }
    const { everySecond } = await import('../../../schedule/ticker.ts')
    const console = await startConsole(session, { config }, { host: false, fleet: true })
    const delivering = everySecond(deliver)
    try {
      const { status } = await runController(site, { once, onLook: () => undefined })
      return { exitCode: 0, json: { ...status }, lines: statusLines(status) }
    } finally {
      await console?.close()
      await delivering.stop()
    }
  })
}

function writeEvent(report: Report, out: { write(text: string): unknown }): void {
  if (report.type === 'event') out.write(`${plainJson(report.event)}\n`)
}
