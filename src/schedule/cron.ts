import { type Cron, parseCron } from '../config/cron.ts'
import { DefsError } from '../error.ts'

/** Reads a cron expression. @throws CONFIG_INVALID for anything else; a checked configuration holds nothing else */
export function readCron(text: string): Cron {
  const cron = parseCron(text)
  if (typeof cron === 'string') throw invalid(text, cron)
  return cron
}

/**
 * Has node-cron read the expressions of a schedule, too: what is validated and expanded by both alike means to
 * us what an administrator knows from elsewhere (docs/decisions/004-node-cron.md).
 * @throws CONFIG_INVALID for an expression that the two read otherwise
 */
export async function refuseMisread(entries: readonly { readonly cron: string | null }[]): Promise<void> {
  const expressions = [...new Set(entries.flatMap(({ cron }) => cron ?? []))]
  if (expressions.length === 0) return
  const { parse, validate } = await import('node-cron')
  for (const text of expressions) {
    const { plain, ...ours } = readCron(text)
    const plainText = plain.join(' ')
    if (!validate(plainText)) throw invalid(text, 'is refused by node-cron')
    const theirs = parse(plainText)
    const alike =
      same(ours.minutes, theirs.minute) &&
      same(ours.hours, theirs.hour) &&
      same(ours.days, theirs.dayOfMonth.map(Number)) &&
      same(ours.months, theirs.month) &&
      same(
        ours.weekdays,
        theirs.dayOfWeek.map((value) => Number(value) % 7),
      )
    if (!alike) throw invalid(text, 'is read otherwise by node-cron')
  }
}

function same(ours: readonly number[], theirs: readonly number[]): boolean {
  return [...new Set(theirs)].sort((a, b) => a - b).join() === ours.join()
}

function invalid(text: string, why: string): DefsError {
  return new DefsError('CONFIG_INVALID', `'${text}' in the schedule ${why}`)
}
