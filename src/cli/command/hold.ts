import type { HoldRequest } from '../../upkeep/hold.ts'
import type { CommandResult } from '../command-result.ts'
import { keepJournal } from '../journal-listener.ts'
import type { Session } from '../session.ts'
import { userOf } from '../user.ts'

/** Holds a set. @throws what `hold` throws */
export async function runHold(input: Omit<HoldRequest, 'user'>, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { hold } = await import('../../upkeep/hold.ts')
  const journal = keepJournal(session, config)
  try {
    const result = await hold({ ...input, user: userOf(session.world) }, config, session.context)
    const line = `${result.set} is held${result.until === null ? '' : ` until ${result.until}`}`
    return { exitCode: 0, json: { ...result }, lines: session.globals.quiet ? [] : [line] }
  } finally {
    await journal.flush()
  }
}
