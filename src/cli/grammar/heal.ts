import { Argument, type Command } from 'commander'
import type { SetName } from '../../set-id.ts'
import type { Choose } from '../invocation.ts'
import { examples, readSeconds, readSet, readSetOrFile } from './argument.ts'

/** Declares the commands that prove what is on disk, take it back or keep it. */
export function declareHeal(program: Command, choose: Choose): void {
  declareVerify(program, choose)
  declareRollback(program, choose)
  declareHold(program, choose)
}

const setArgument = (which: string) => new Argument('[set]', `a set; default: ${which}`).argParser(readSet)
const lockWaitOption = [
  '--lock-wait <seconds>',
  'wait this long for another run to end',
  readSeconds,
] as const

function declareVerify(program: Command, choose: Choose): void {
  program
    .command('verify')
    .description("prove again what is on disk: signature, guard, every file, pointers, the scanner's copy")
    .addArgument(
      new Argument('[set]', 'a set, or a bundle file; default: the current one').argParser(readSetOrFile),
    )
    .option('--all', 'every set on disk')
    .option('--repair', 'replace a bad current set by the newest good one, else by a download')
    .option(...lockWaitOption)
    .addHelpText(
      'after',
      examples('defs verify', 'defs verify --all --json', 'defs verify --repair', 'defs verify defs.bundle'),
    )
    .action(
      (
        what: SetName | { readonly bundle: string } | undefined,
        options: { all?: boolean; repair?: boolean; lockWait?: number },
      ) => {
        const { all = false, repair = false, lockWait = 0 } = options
        const [set, bundle] = typeof what === 'object' ? [null, what.bundle] : [what ?? null, null]
        choose('verify', { set, bundle, all, repair, lockWait }, async () => (await import('../command/verify.ts')).runVerify)
      },
    )
}

function declareRollback(program: Command, choose: Choose): void {
  program
    .command('rollback')
    .description('make the previous good set, or the one named, current again; bar the one that is left')
    .addArgument(setArgument('the previous good one'))
    .requiredOption('--reason <text>', 'why; it is kept in the history')
    .option(...lockWaitOption)
    .addHelpText(
      'after',
      examples('defs rollback --reason "false alarms"', 'defs rollback 20261120.003 --reason "case 4711"'),
    )
    .action((set: SetName | undefined, { reason, lockWait = 0 }: { reason: string; lockWait?: number }) => {
      choose('rollback', { set: set ?? null, reason, lockWait }, async () => (await import('../command/rollback.ts')).runRollback)
    })
}

function declareHold(program: Command, choose: Choose): void {
  program
    .command('hold')
    .description('keep a set from being pruned and, while it is current, from being replaced')
    .addArgument(setArgument('the current one'))
    .option('--until <date>', 'a day (YYYY-MM-DD, its start in UTC), a moment (RFC 3339) or a duration (7d)')
    .option('--reason <text>', 'why; it is shown by status')
    .option(...lockWaitOption)
    .addHelpText('after', examples('defs hold --until 7d --reason "change freeze"', 'defs hold 20261120.003'))
    .action((set: SetName | undefined, options: { until?: string; reason?: string; lockWait?: number }) => {
      const { until = null, reason = null, lockWait = 0 } = options
      choose('hold', { set: set ?? null, until, reason, lockWait }, async () => (await import('../command/hold.ts')).runHold)
    })

  program
    .command('unhold')
    .description('release a held set')
    .addArgument(setArgument('the current one'))
    .option(...lockWaitOption)
    .addHelpText('after', examples('defs unhold', 'defs unhold 20261120.003'))
    .action((set: SetName | undefined, { lockWait = 0 }: { lockWait?: number }) => {
      choose('unhold', { set: set ?? null, lockWait }, async () => (await import('../command/unhold.ts')).runUnhold)
    })
}
