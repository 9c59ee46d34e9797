import { openStore } from '../../hawking/store.ts'
import { type HistoryEntry, readHistory } from '../../report/history.ts'
import type { CommandResult } from '../command-result.ts'
import { formatTime } from '../format.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

/** Tells what was live when, and why. @throws STORE_PERMISSION, STORE_IO */
export async function runHistory(_input: object, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { journal } = openStore(config.store.root, config.store.layout)
  const entries = await readHistory(journal)
  const lines = entries.length === 0 ? ['nothing has happened yet'] : tableLines(entries.map(historyRow))
  return { exitCode: 0, json: { entries }, lines }
}

function historyRow({ time, action, from, to, reason, user, events }: HistoryEntry): string[] {
  const sets = from === null ? (to ?? '') : `${from} -> ${to}`
  const why = [reason ?? '', user === null ? '' : `by ${user}`].filter((part) => part !== '')
  return [formatTime(time), action, sets, events.join(', '), why.join(', ')]
}
