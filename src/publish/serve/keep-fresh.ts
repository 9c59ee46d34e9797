import type { Config } from '../../config/config.ts'
import type { Context } from '../../context.ts'
import { describeError } from '../../error.ts'
import { promoteDue } from '../promote.ts'
import { renew } from '../renew.ts'
import type { StudioRequest } from '../studio.ts'

/** Longest pause between two looks at what is due. Milliseconds. */
const most = 60 * 60 * 1000

/**
 * Looks after the tree while it is served: promotes what has soaked long enough, and signs anew well before clients
 * would take the server for frozen. A failure is told and tried again; it ends nothing.
 */
export async function keepFresh(request: StudioRequest, config: Config, context: Context): Promise<void> {
  const pause = Math.min(most, config.publish.life / 4)
  while (!context.signal.aborted) {
    try {
      if ((await promoteDue(request, config, context)) === null) await renew(request, config, context)
    } catch (error) {
      const text = `the published tree was not signed anew: ${describeError(error)}`
      context.emit({ type: 'note', level: 'warning', text })
    }
    await context.sleep(pause, context.signal).catch(() => undefined)
  }
}
