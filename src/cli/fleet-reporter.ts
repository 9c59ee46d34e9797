import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import type { RunEnding } from '../fleet/host/outcome.ts'
import type { Membership, Reporter } from '../fleet/host/reporter.ts'
import { version } from './environment.ts'
import { exitCodeOf } from './exit-code.ts'
import type { Session } from './session.ts'

/** A command of a host that belongs to a fleet. */
export interface InFleet {
  /** The context to work with: whoever follows a set on its way hears of it. */
  readonly context: Context
  /** Tells the fleet how it ended. Never throws. */
  readonly conclude: (ending: RunEnding | null) => Promise<void>
  /** The same for what ended a run. */
  readonly concludeWith: (
    error: unknown,
    current: RunEnding['current'],
    events: readonly number[],
  ) => Promise<void>
  /** What the command's JSON says of it; nothing where there is no fleet. */
  readonly json: () => Promise<{ readonly fleet?: Membership }>
}

/** Opens the fleet's side of a command; without a fleet nothing of it is loaded and nothing is done. */
export async function inFleet(by: string, config: Config, { context }: Session): Promise<InFleet> {
  if (!config.fleet?.host)
    return {
      context,
      conclude: async () => undefined,
      concludeWith: async () => undefined,
      json: async () => ({}),
    }
  const { openReporter } = await import('../fleet/host/reporter.ts')
  const { endingError } = await import('../fleet/host/outcome.ts')
  const reporter: Reporter | null = await openReporter(config, context, { by, version: version() })
  return {
    context: reporter ? { ...context, follow: reporter.follower } : context,
    conclude: async (ending) => reporter?.conclude(ending),
    concludeWith: async (error, current, events) =>
      reporter?.conclude({ current, events, rolledBack: null, error: endingError(error, exitCodeOf) }),
    json: async () => (reporter ? { fleet: await reporter.membership() } : {}),
  }
}
