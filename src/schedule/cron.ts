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
 * @throws CONFIG_INVALID for an expression that the two read otherwise, or that never comes due
 */
export async function refuseMisread(entries: readonly { readonly cron: string | null }[]): Promise<void> {
  const expressions = [...new Set(entries.flatMap(({ cron }) => cron ?? []))]
  if (expressions.length === 0) return
  const { parse, validate } = await import('node-cron')
  for (const text of expressions) {
    const { plain, ...ours } = readCron(text)
    const never = whyNever(text)
    if (never !== null) throw invalid(text, never)
    const [minute, hour, day, month, weekday] = plain
    // It refuses a day that no month has also where a day of the week is enough, so it reads the month apart.
    const days = [minute, hour, day, '*', weekday].join(' ')
    const months = `* * * ${month} *`
    if (!validate(days) || !validate(months)) throw invalid(text, 'is refused by node-cron')
    const theirs = parse(days)
    const alike =
      same(ours.minutes, theirs.minute) &&
      same(ours.hours, theirs.hour) &&
      same(ours.days, theirs.dayOfMonth.map(Number)) &&
      same(ours.months, parse(months).month) &&
      same(
        ours.weekdays,
        theirs.dayOfWeek.map((value) => Number(value) % 7),
      )
    if (!alike) throw invalid(text, 'is read otherwise by node-cron')
  }
}

const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/** Why an expression never comes due, as one for 30 February; null for one that does, and for what is none. */
export function whyNever(text: string): string | null {
  const cron = parseCron(text)
  if (typeof cron === 'string' || cron.either) return null
  const [first = 1] = cron.days
  const never = cron.months.every((month) => first > (longest[month - 1] ?? 0))
  return never ? 'never comes due: none of its months has such a day' : null
}

function same(ours: readonly number[], theirs: readonly number[]): boolean {
  return [...new Set(theirs)].sort((a, b) => a - b).join() === ours.join()
}

function invalid(text: string, why: string): DefsError {
  return new DefsError('CONFIG_INVALID', `'${text}' in the schedule ${why}`)
}
