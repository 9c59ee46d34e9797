import { type PromoteRequest, promote } from '../../publish/promote.ts'
import type { CommandResult } from '../command-result.ts'
import { keepJournal } from '../journal-listener.ts'
import { passphraseOf, placeIn } from '../keys-access.ts'
import type { Session } from '../session.ts'

/** Promotes a published set, or demotes to it. @throws what promoting throws */
export async function runPromote(
  input: Omit<PromoteRequest, 'passphrase'>,
  session: Session,
): Promise<CommandResult> {
  const { config } = await session.load()
  const journal = keepJournal(session, config)
  try {
    const to = placeIn(session, input.to)
    const request = { ...input, to, passphrase: await passphraseOf(config, session) }
    const result = await promote(request, config, session.context)
    const { set, channel, changed, demoted, previous } = result
    const text = changed
      ? `${channel} offers ${set} now${previous === null ? '' : ` instead of ${previous}`}`
      : `${channel} offers ${set} already`
    return { exitCode: 0, json: { ...result }, lines: [{ text, tone: demoted ? 'warning' : 'good' }] }
  } finally {
    await journal.flush()
  }
}
