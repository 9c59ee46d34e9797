import type { CommandResult } from '../command-result.ts'
import { formatSet, formatSize } from '../format.ts'
import type { Session } from '../session.ts'
import { gradeText } from '../status-lines.ts'
import { describeSet, readStore } from '../store-reading.ts'
import { tableLines } from '../table.ts'

/** Lists the sets on disk, newest first. */
export async function runList(_input: object, session: Session): Promise<CommandResult> {
  const reading = await readStore(session)
  const sets = reading.view.sets.map((set) => describeSet(set, reading))
  const rows = sets.map((set) => {
    const marks = (['current', 'previous', 'inUse', 'held', 'barred'] as const).filter((mark) => set[mark])
    const names = marks.map((mark) => (mark === 'inUse' ? 'in use' : mark)).join(', ')
    return [set.set, formatSet(set.set), formatSize(set.bytes), gradeText(set), set.source ?? '-', names]
  })
  const lines = rows.length === 0 ? ['no sets'] : tableLines(rows)
  return { exitCode: 0, json: { sets }, lines }
}
