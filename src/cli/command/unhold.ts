import type { UnholdRequest } from '../../upkeep/hold.ts'
import type { CommandResult } from '../command-result.ts'
import { keepJournal } from '../journal-listener.ts'
import type { Session } from '../session.ts'
import { userOf } from '../user.ts'

/** Releases a held set. @throws what `unhold` throws */
export async function runUnhold(input: Omit<UnholdRequest, 'user'>, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { unhold } = await import('../../upkeep/hold.ts')
  const journal = keepJournal(session, config)
  try {
    const result = await unhold({ ...input, user: userOf(session.world) }, config, session.context)
    const line = result.released ? `${result.set} is no longer held` : `${result.set} was not held`
    return { exitCode: 0, json: { ...result }, lines: session.globals.quiet ? [] : [line] }
  } finally {
    await journal.flush()
  }
}
