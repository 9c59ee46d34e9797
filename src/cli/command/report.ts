import { join, resolve } from 'node:path'
import { writeFileAtomic } from '../../hawking/atomic-file.ts'
import { openStore } from '../../hawking/store.ts'
import { csvName, csvOf } from '../../report/csv.ts'
import type { ReportEntry } from '../../report/entry.ts'
import { type ReportQuery, readReport } from '../../report/read-report.ts'
import type { CommandResult } from '../command-result.ts'
import { formatSet, formatTime } from '../format.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

export interface ReportInput extends ReportQuery {
  readonly csv: boolean
  /** Folder for the CSV file, relative to the working directory, which it is when null. */
  readonly out: string | null
}

/** Prints the entries of the journal, or writes them for a spreadsheet. @throws USAGE_ARGUMENT, STORE_* */
export async function run(input: ReportInput, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { journal } = openStore(config.store.root, config.store.layout)
  const entries = await readReport(journal, input)
  if (input.csv || input.out !== null) {
    const file = join(resolve(session.world.cwd, input.out ?? '.'), csvName(session.context.now()))
    // Replaced by a rename, so that a link somebody put there leads nowhere.
    await writeFileAtomic(file, csvOf(entries), 0o640)
    return {
      exitCode: 0,
      json: { file, count: entries.length },
      lines: [`${file} is written: ${countOf(entries)}`],
    }
  }
  const lines = entries.length === 0 ? ['no entries'] : tableLines([heads, ...entries.map(rowOf)])
  return { exitCode: 0, json: { entries }, lines }
}

const heads = ['time', 'action', 'result', 'set', 'source', 'event', 'message']

function rowOf({ time, action, result, set, source, event, errorCode, message }: ReportEntry): string[] {
  const code = errorCode === null || message.includes(errorCode) ? '' : ` [${errorCode}]`
  return [
    formatTime(time),
    action,
    result ?? '-',
    set === null ? '-' : formatSet(set),
    source ?? '-',
    String(event),
    `${message}${code}`,
  ]
}

function countOf({ length }: readonly ReportEntry[]): string {
  return `${length} ${length === 1 ? 'entry' : 'entries'}`
}
