import type { UpdateRequest, UpdateResult } from '../../update/result.ts'
import type { CommandResult, Line } from '../command-result.ts'
import { formatSet, formatSize, formatSpan } from '../format.ts'
import { keepJournal } from '../journal-listener.ts'
import type { Session } from '../session.ts'

/** Updates; the result says whether anything changed, and why not. @throws what `update` throws */
export async function run(input: UpdateRequest, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ secrets: true })
  const { update } = await import('../../update/update.ts')
  const journal = keepJournal(session, config)
  try {
    const result = await update(input, config, session.context)
    // The result of an update is its confirmation, and a timer's mailbox wants none.
    return { exitCode: 0, json: { ...result }, lines: session.globals.quiet ? [] : describe(result) }
  } finally {
    journal.flush()
  }
}

function describe(result: UpdateResult): Line[] {
  const { changed, current, dryRun, reason, source } = result
  if (dryRun) {
    const what = dryRun.offered ?? dryRun.package ?? 'a package'
    if (!dryRun.wouldUpdate) return [`nothing would be fetched from ${source}: ${reason ?? 'nothing newer'}`]
    return [
      `${what} would be fetched from ${source}${dryRun.bytes === null ? '' : `, ${formatSize(dryRun.bytes)}`}`,
    ]
  }
  if (!changed)
    return [`${current === null ? 'no set is' : `${current} is`} current, nothing was changed: ${reason}`]
  const how = `${result.grade}, from ${source}, signed by ${result.signedBy}`
  const cost = `${formatSize(result.bytesDownloaded)} fetched in ${formatSpan(result.durationMs)}`
  const name = current === null ? '' : `${current} (${formatSet(current)}) is current now: `
  return [{ text: `${name}${how}; ${cost}`, tone: 'good' }]
}
