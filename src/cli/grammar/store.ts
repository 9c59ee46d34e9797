import { Argument, type Command, Option } from 'commander'
import type { SetAlias, SetName } from '../../set-name.ts'
import type { Choose } from '../invocation.ts'
import {
  examples,
  lockWaitOption,
  readAge,
  readCount,
  readDuration,
  readSeconds,
  readSetOrFile,
  readStoreSet,
} from './argument.ts'

/** Declares the commands that prove what is on disk, take it back or keep it. */
export function declareHeal(program: Command, choose: Choose): void {
  declareVerify(program, choose)
  declareRollback(program, choose)
  declareHold(program, choose)
}

const setArgument = (which: string) =>
  new Argument('[set]', `a set, or current, previous, latest; default: ${which}`).argParser(readStoreSet)
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
        what: SetName | SetAlias | { readonly bundle: string } | undefined,
        options: { all?: boolean; repair?: boolean; lockWait?: number },
      ) => {
        const { all = false, repair = false, lockWait = 0 } = options
        const [set, bundle] = typeof what === 'object' ? [null, what.bundle] : [what ?? null, null]
        choose(
          'verify',
          { set, bundle, all, repair, lockWait },
          async () => (await import('../command/verify.ts')).runVerify,
        )
      },
    )
}

function declareRollback(program: Command, choose: Choose): void {
  program
    .command('rollback')
    .description('make the previous good set, or the one named, current again; bar the one that is left')
    .addArgument(setArgument('the previous good one'))
    .usage('[set] --reason <text> [options]')
    .requiredOption('--reason <text>', 'why; it is kept in the history')
    .option(...lockWaitOption)
    .addHelpText(
      'after',
      examples('defs rollback --reason "false alarms"', 'defs rollback 20261120.003 --reason "case 4711"'),
    )
    .action(
      (
        set: SetName | SetAlias | undefined,
        { reason, lockWait = 0 }: { reason: string; lockWait?: number },
      ) => {
        choose(
          'rollback',
          { set: set ?? null, reason, lockWait },
          async () => (await import('../command/hold.ts')).runRollback,
        )
      },
    )
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
    .action(
      (
        set: SetName | SetAlias | undefined,
        options: { until?: string; reason?: string; lockWait?: number },
      ) => {
        const { until = null, reason = null, lockWait = 0 } = options
        choose(
          'hold',
          { set: set ?? null, until, reason, lockWait },
          async () => (await import('../command/hold.ts')).runHold,
        )
      },
    )

  program
    .command('unhold')
    .description('release a held set')
    .addArgument(setArgument('the current one'))
    .option(...lockWaitOption)
    .addHelpText('after', examples('defs unhold', 'defs unhold 20261120.003'))
    .action((set: SetName | SetAlias | undefined, { lockWait = 0 }: { lockWait?: number }) => {
      choose(
        'unhold',
        { set: set ?? null, lockWait },
        async () => (await import('../command/hold.ts')).runUnhold,
      )
    })
}

/** Declares the commands that look after the store, its licence and its schedule. */
export function declareUpkeep(program: Command, choose: Choose): void {
  declareStatus(program, choose)
  declarePrune(program, choose)
  declareDoctor(program, choose)
  declareLicense(program, choose)
  declareSchedule(program, choose)
  declareRetire(program, choose)
}

/** Declares `defs status`. */
export function declareStatus(program: Command, choose: Choose): void {
  program
    .command('status')
    .description('show what is live, how old it is, and how the last update went')
    .option(
      '--max-age <duration>',
      'exit with 9 when the current set is older, instead of maxAge; for example 36h',
      readAge,
    )
    .option('--nagios', 'print one line and end with 0, 1, 2 or 3 as plugins of Nagios do')
    .addHelpText(
      'after',
      `${examples('defs status', 'defs status --max-age 24h --json', 'defs status --nagios --max-age 36h')}

With --nagios the exit code is 0 OK, 1 WARNING, 2 CRITICAL or 3 UNKNOWN instead
of the ones of defs: older than allowed is a warning; no definitions, or a
scanner that does not use them, is critical.`,
    )
    .action(({ maxAge, nagios = false }: { maxAge?: string; nagios?: boolean }) => {
      choose(
        'status',
        { maxAge: maxAge ?? null, nagios },
        async () => (await import('../command/status.ts')).runStatus,
      )
    })
}

function declarePrune(program: Command, choose: Choose): void {
  program
    .command('prune')
    .description('remove old sets; never one that is current, previous, in use, held or the newest good one')
    .option('--dry-run', 'say what would go; change nothing')
    .option('--keep <number>', 'how many sets stay, instead of store.keep', readCount)
    .option('--older-than <duration>', 'remove all older ones too, for example 30d', readDuration)
    .option('--lock-wait <duration>', 'wait this long for another run to end: 90 (seconds), 5m', readSeconds)
    .addHelpText('after', examples('defs prune --dry-run', 'defs prune --keep 5 --older-than 30d'))
    .action((options: { dryRun?: boolean; keep?: number; olderThan?: number; lockWait?: number }) => {
      const { dryRun = false, keep = null, olderThan = null, lockWait = 0 } = options
      choose(
        'prune',
        { dryRun, keep, olderThan, lockWait },
        async () => (await import('../command/maintain.ts')).runPrune,
      )
    })
}

function declareDoctor(program: Command, choose: Choose): void {
  program
    .command('doctor')
    .description('find what is wrong with the store; exit code 6 when something stays wrong')
    .option('--repair', 'mend what can be mended; without it nothing is written')
    .option('--lock-wait <duration>', 'wait this long for another run to end: 90 (seconds), 5m', readSeconds)
    .addHelpText('after', examples('defs doctor', 'defs doctor --repair --json'))
    .action(({ repair = false, lockWait = 0 }: { repair?: boolean; lockWait?: number }) => {
      choose('doctor', { repair, lockWait }, async () => (await import('../command/maintain.ts')).runDoctor)
    })
}

function declareLicense(program: Command, choose: Choose): void {
  program
    .command('license')
    .alias('licence')
    .description('explain the content licence; exit code 12 when one is required and none can be used')
    .addHelpText('after', examples('defs license', 'defs license --json'))
    .action(() => choose('license', {}, async () => (await import('../command/maintain.ts')).runLicense))
}

function declareSchedule(program: Command, choose: Choose): void {
  const schedule = program
    .command('schedule')
    .description('show the next runs, or export the schedule for another scheduler')
    .option('--time-zone <name>', 'read the schedule by the clock of this zone, for example Europe/Berlin')
    .addOption(
      new Option('--export <scheduler>', 'make files for it').choices(['systemd', 'cron', 'windows']),
    )
    .option('--to <folder>', 'write the files there instead of printing them')
    .option('--user <name>', 'the account the exported runs belong to')
    .addHelpText(
      'after',
      examples('defs schedule', 'defs schedule --export systemd --to /etc/systemd/system --user defs'),
    )
    .action(
      (options: {
        timeZone?: string
        export?: 'systemd' | 'cron' | 'windows'
        to?: string
        user?: string
      }) => {
        const { timeZone = null, export: scheduler = null, to = null, user = null } = options
        choose(
          'schedule',
          { timeZone, scheduler, to, user },
          async () => (await import('../command/schedule.ts')).runSchedule,
        )
      },
    )
  schedule
    .command('pause')
    .description('stop updates by schedule and keep the schedule; updates by hand and checks go on')
    .option('--until <date>', 'a day (YYYY-MM-DD, its start in UTC), a moment (RFC 3339) or a duration (7d)')
    .option('--reason <text>', 'why; it is shown by status')
    .addHelpText(
      'after',
      examples('defs schedule pause', 'defs schedule pause --until 8h --reason "change freeze"'),
    )
    .action(({ until = null, reason = null }: { until?: string | null; reason?: string | null }) => {
      choose(
        'schedule pause',
        { until, reason },
        async () => (await import('../command/schedule.ts')).runPause,
      )
    })
  schedule
    .command('resume')
    .description('let updates by schedule go on; what was missed is caught up once')
    .addHelpText('after', examples('defs schedule resume'))
    .action(() => {
      choose('schedule resume', {}, async () => (await import('../command/schedule.ts')).runResume)
    })
}

function declareRetire(program: Command, choose: Choose): void {
  program
    .command('retire')
    .description('take this product out of a shared store; says what would go, and does it with --yes')
    .option('--yes', "do it: our lines in usage.dat, our sets that nobody else uses, our state; others' stay")
    .option(...lockWaitOption)
    .addHelpText('after', examples('defs retire', 'defs retire --yes'))
    .action(({ yes = false, lockWait = 0 }: { yes?: boolean; lockWait?: number }) => {
      choose('retire', { yes, lockWait }, async () => (await import('../command/maintain.ts')).runRetire)
    })
}
