import type { RollbackRequest } from '../../upkeep/rollback.ts'
import type { CommandResult } from '../command-result.ts'
import { keepJournal } from '../journal-listener.ts'
import type { Session } from '../session.ts'
import { userOf } from '../user.ts'

/** Goes back to an earlier set. @throws what `rollback` throws */
export async function runRollback(input: Omit<RollbackRequest, 'user'>, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { rollback } = await import('../../upkeep/rollback.ts')
  const journal = keepJournal(session, config)
  try {
    const result = await rollback({ ...input, user: userOf(session.world) }, config, session.context)
    const left = result.from === null ? '' : `, ${result.from} was left`
    const line = `${result.to} is current now${left}`
    return { exitCode: 0, json: { ...result }, lines: session.globals.quiet ? [] : [line] }
  } finally {
    await journal.flush()
  }
}
