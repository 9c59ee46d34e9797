import { formatTime } from '../../report/span.ts'
import { publishStatus } from '../../report/status-file.ts'
import type { SetAlias, SetName } from '../../set-name.ts'
import type { HoldRequest, UnholdRequest } from '../../upkeep/hold.ts'
import type { RollbackRequest } from '../../upkeep/rollback.ts'
import { userOf } from '../environment.ts'
import { inFleet } from '../fleet-reporter.ts'
import { keepJournal } from '../journal-listener.ts'
import type { CommandResult } from '../output.ts'
import { namedSet } from '../read-store.ts'
import type { Session } from '../session.ts'

/** A request as it was typed: its set may be named by its place. */
type Asked<Request extends { readonly set: SetName | null }> = Omit<Request, 'user' | 'set'> & {
  readonly set: SetName | SetAlias | null
}

async function filledIn<Input extends { readonly set: SetName | SetAlias | null }>(
  input: Input,
  session: Session,
) {
  const set = input.set === null ? null : await namedSet(input.set, session)
  return { ...input, set, user: userOf(session.environment) }
}

/** Goes back to an earlier set. @throws what `rollback` throws */
export async function runRollback(input: Asked<RollbackRequest>, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ writes: true })
  const { rollback } = await import('../../upkeep/rollback.ts')
  const journal = keepJournal(session, config)
  try {
    const result = await rollback(await filledIn(input, session), config, session.context)
    const fleet = await inFleet('rollback', config, session)
    const rolledBack = result.from === null ? null : { from: result.from, code: null }
    await fleet.conclude({ current: result.to, events: result.events, rolledBack, error: null })
    const left = result.from === null ? '' : `, ${result.from} was left`
    const line = `${result.to} is current now${left}`
    return { exitCode: 0, json: { ...result }, lines: session.globals.quiet ? [] : [line] }
  } finally {
    await publishStatus(config, session.context)
    await journal.flush()
  }
}

/** Holds a set. @throws what `hold` throws */
export async function runHold(input: Asked<HoldRequest>, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ writes: true })
  const { hold } = await import('../../upkeep/hold.ts')
  const journal = keepJournal(session, config)
  try {
    const result = await hold(await filledIn(input, session), config, session.context)
    await (await inFleet('hold', config, session)).conclude(null)
    const line = `${result.set} is held${result.until === null ? '' : ` until ${formatTime(result.until)}`}`
    return { exitCode: 0, json: { ...result }, lines: session.globals.quiet ? [] : [line] }
  } finally {
    await publishStatus(config, session.context)
    await journal.flush()
  }
}

/** Releases a held set. @throws what `unhold` throws */
export async function runUnhold(input: Asked<UnholdRequest>, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ writes: true })
  const { unhold } = await import('../../upkeep/hold.ts')
  const journal = keepJournal(session, config)
  try {
    const result = await unhold(await filledIn(input, session), config, session.context)
    await (await inFleet('unhold', config, session)).conclude(null)
    const line = result.released ? `${result.set} is no longer held` : `${result.set} was not held`
    return { exitCode: 0, json: { ...result }, lines: session.globals.quiet ? [] : [line] }
  } finally {
    await publishStatus(config, session.context)
    await journal.flush()
  }
}
