import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { programVersion } from '../disk/program-version.ts'
import { isDefsError } from '../error.ts'
import type { RunEnding } from '../fleet/host/outcome.ts'
import type { Membership } from '../fleet/host/reporter.ts'
import { readPointer } from '../hawking/pointer.ts'
import { peekSourceRecords } from '../hawking/state.ts'
import { openStore } from '../hawking/store.ts'
import type { UpdateResult } from '../update/result.ts'
import type { RoleRequest } from '../update/role.ts'
import { exitCodeOf } from './exit-code.ts'

/** What a command that tells the fleet is given. */
interface Telling {
  readonly context: Context
  /** Another way to send than a connection of its own. @throws what cannot be sent */
  readonly send?: ((text: string) => Promise<void>) | undefined
}

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
export async function inFleet(by: string, config: Config, { context, send }: Telling): Promise<InFleet> {
  if (!config.fleet?.host)
    return {
      context,
      conclude: async () => undefined,
      concludeWith: async () => undefined,
      json: async () => ({}),
    }
  const { openReporter } = await import('../fleet/host/reporter.ts')
  const { endingError } = await import('../fleet/host/outcome.ts')
  const reporter = await openReporter(config, context, {
    by,
    version: programVersion(),
    ...(send ? { send } : {}),
  })
  return {
    context: reporter ? { ...context, follow: reporter.follower } : context,
    conclude: async (ending) => reporter?.conclude(ending),
    concludeWith: async (error, current, events) =>
      reporter?.conclude({ current, events, rolledBack: null, error: endingError(error, exitCodeOf) }),
    json: async () => (reporter ? { fleet: await reporter.membership() } : {}),
  }
}

/**
 * Updates as `defs update` does, and tells the fleet of it: before a set is made current, and how the run ended.
 * @param by who asked, as the report names it
 * @throws what an update throws
 */
export async function updateInFleet(
  by: string,
  request: RoleRequest,
  config: Config,
  { context, send }: Telling,
): Promise<UpdateResult> {
  const { updateByRole } = await import('../update/role.ts')
  if (!config.fleet?.host || request.dryRun) return updateByRole(request, config, context)
  const begun = context.now()
  const { counted, events } = countEvents(context)
  const fleet = await inFleet(by, config, { context: counted, send })
  try {
    const result = await updateByRole(request, config, fleet.context)
    const { current, rolledBack } = result
    const error = rolledBack?.failure ? null : await failureOfFleet(config, begun)
    await fleet.conclude({ current, events: result.events, rolledBack: rolledBack ?? null, error })
    return result
  } catch (error) {
    // What breaks after a signal broke because of it, and says nothing of a set.
    const interrupted = context.signal.aborted && !isDefsError(error, 'INTERRUPTED')
    if (!interrupted) await fleet.concludeWith(error, await currentOf(config), events)
    throw error
  }
}

/**
 * Does work that may go back to an earlier set, as the daemon's check does, and tells the fleet if it did.
 * @throws what the work throws
 */
export async function checkInFleet(
  config: Config,
  { context, send }: Telling,
  work: (context: Context) => Promise<void>,
): Promise<void> {
  if (!config.fleet?.host) return work(context)
  const before = await currentOf(config)
  const { counted, events } = countEvents(context)
  const fleet = await inFleet('daemon', config, { context: counted, send })
  try {
    await work(fleet.context)
  } finally {
    const current = await currentOf(config)
    const left = events.includes(399) && before !== current
    await fleet.conclude({
      current,
      events,
      rolledBack: left ? { from: before, code: null } : null,
      error: null,
    })
  }
}

function countEvents(context: Context): { readonly counted: Context; readonly events: readonly number[] } {
  const events: number[] = []
  const counted: Context = {
    ...context,
    emit(report) {
      if (report.type === 'event') events.push(report.event.id)
      context.emit(report)
    },
  }
  return { counted, events }
}

async function currentOf({ store: { root, layout } }: Config): Promise<RunEnding['current']> {
  const pointer = await readPointer(openStore(root, layout)).catch(() => null)
  return pointer?.current ?? null
}

/** What the fleet's own source failed with in a run that another source saved. */
async function failureOfFleet(config: Config, begun: Date): Promise<RunEnding['error']> {
  const records = await peekSourceRecords(openStore(config.store.root, config.store.layout))
  for (const { kind, name } of config.sources.values()) {
    const record = records[name]
    const now = record?.lastAttempt != null && record.lastAttempt >= begun.toISOString()
    if (kind === 'internal' && now && record?.error)
      return { code: record.error.code, exitCode: exitCodeOf[record.error.code] }
  }
  return null
}
