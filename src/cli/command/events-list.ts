import { catalogue, type EventKind } from '../../event/catalogue.ts'
import type { CommandResult } from '../command-result.ts'
import { tableLines } from '../table.ts'

/** Lists the catalogue of events. */
export async function runEventsList(): Promise<CommandResult> {
  const kinds: [string, EventKind][] = Object.entries(catalogue)
  const events = kinds.map(([name, { id, id60, level, message }]) => ({
    id,
    id60: id60 ?? id,
    name,
    level,
    message,
  }))
  const rows = events.map(({ id, name, level, message }) => [String(id), level, name, message])
  return { exitCode: 0, json: { events }, lines: tableLines(rows) }
}
