import { type Command, InvalidArgumentError } from 'commander'
import { readMoment } from '../../report/moment.ts'
import type { Choose } from '../invocation.ts'
import { examples } from './argument.ts'

/** Declares the commands that tell what has happened. */
export function declareReport(program: Command, choose: Choose): void {
  program
    .command('history')
    .description('what was live when, and why')
    .addHelpText('after', examples('defs history', 'defs history --json'))
    .action(() => choose('history', {}, async () => (await import('../command/history.ts')).runHistory))

  program
    .command('report')
    .description('the entries of the journal, by date, action and text')
    .option('--from <moment>', 'only from then on, for example 2026-11-21', readFrom)
    .option('--to <moment>', 'only up to then; a day counts to its end', readTo)
    .option(
      '--action <name>',
      "only this action: LiveUpdate, 'Definitions updated' or the name of an event; may be repeated",
      collect,
    )
    .option('--search <text>', 'only entries that hold this text, in any case')
    .option('--csv', 'write DEFSyyyymmddhhmm.csv, for spreadsheets')
    .option('--out <folder>', 'where to write it, instead of the working directory')
    .addHelpText(
      'after',
      examples(
        'defs report --from 2026-11-01 --action LiveUpdate',
        "defs report --action 'Definitions updated' --csv --out /var/tmp",
      ),
    )
    .action(
      (options: {
        from?: Date
        to?: Date
        action?: readonly string[]
        search?: string
        csv?: boolean
        out?: string
      }) => {
        const { from = null, to = null, action = [], search = null, csv = false, out = null } = options
        const input = { from, to, actions: action, search, csv, out }
        choose('report', input, async () => (await import('../command/report.ts')).runReport)
      },
    )
}

function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}

const readFrom = (text: string) => momentOf(text, 'start')
const readTo = (text: string) => momentOf(text, 'end')

function momentOf(text: string, edge: 'start' | 'end'): Date {
  const moment = readMoment(text, edge)
  if (moment) return moment
  throw new InvalidArgumentError('Write YYYY-MM-DD, YYYY-MM-DDTHH:MM or a whole RFC 3339 time.')
}
