import type { Config } from '../../config/config.ts'
import type { Context } from '../../context.ts'
import { type DefsError, isDefsError } from '../../error.ts'
import { openStore } from '../../hawking/store.ts'
import type { CheckRequest, CheckResult } from '../../update/check.ts'
import { exitCodeOf } from '../exit-code.ts'
import { keepJournal } from '../journal-listener.ts'
import { assertMayLook } from '../may-look.ts'
import type { CommandResult } from '../output.ts'
import type { Session } from '../session.ts'

/** Asks only; exit code 100 when a newer set is on offer. @throws what `check` throws, STORE_PERMISSION */
export async function runCheck(input: CheckRequest, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ secrets: true, writes: true })
  // What is current, barred or cooling down lies there: without it each set would be a new one.
  assertMayLook(openStore(config.store.root, config.store.layout))
  const journal = keepJournal(session, config)
  try {
    const result = await ask(input, config, session.context)
    const { source, offered, newer, reason } = result
    const line = newer
      ? `${offered ?? 'a package that was not seen before'} is on offer at ${source}`
      : `nothing newer at ${source}: ${reason}`
    return { exitCode: newer ? 100 : 0, json: { ...result }, lines: [line] }
  } catch (error) {
    if (!isDefsError(error) || !/^(SOURCE|INDEX|FETCH|ARCHIVE|TRUST|LICENCE)_/.test(error.code)) throw error
    return await failedCheck(error, input, config)
  } finally {
    await journal.flush()
  }
}

/** What is live stays known when nobody could be asked, or told nothing that can be believed. */
async function failedCheck(error: DefsError, input: CheckRequest, config: Config): Promise<CommandResult> {
  const { currentOf } = await import('../read-store.ts')
  const { current } = await currentOf(config)
  const known = { source: error.facts.source ?? input.source, current, reason: `failed: ${error.code}` }
  const json = { ...known, offered: null, newer: null, grade: null, sequence: null, bytes: null }
  return { exitCode: exitCodeOf[error.code], json, lines: [], error }
}

// Most checks find nothing new; for those, what reads and proves an index is not even loaded.
async function ask(input: CheckRequest, config: Config, context: Context): Promise<CheckResult> {
  const { checkUnchanged } = await import('../../update/check-unchanged.ts')
  const unchanged = await checkUnchanged(input, config, context)
  if (unchanged) return unchanged
  const { check } = await import('../../update/check.ts')
  return check(input, config, context)
}
