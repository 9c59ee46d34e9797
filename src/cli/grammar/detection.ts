import { Argument, type Command } from 'commander'
import type { SetAlias, SetName } from '../../set-name.ts'
import type { Choose } from '../invocation.ts'
import { examples, lockWaitOption, readDay, readStoreSet } from './argument.ts'

/** Declares the commands about what sets detect - how two differ, where a name is, what is excepted - and about families. */
export function declareDetection(program: Command, choose: Choose): void {
  declareDiff(program, choose)
  declareSearch(program, choose)
  declareExceptions(program, choose)
  declareFamilies(program, choose)
}

function declareDiff(program: Command, choose: Choose): void {
  program
    .command('diff')
    .description('compare two sets on disk: files, and signatures or rules by name')
    .addArgument(
      new Argument('[before]', 'a set, or current, previous, latest; default: the previous one').argParser(
        readStoreSet,
      ),
    )
    .addArgument(
      new Argument('[after]', 'a set, or current, previous, latest; default: the current one').argParser(
        readStoreSet,
      ),
    )
    .addHelpText('after', examples('defs diff', 'defs diff 20261120.003 20261121.003 --json'))
    .action((before: SetName | SetAlias | undefined, after: SetName | SetAlias | undefined) => {
      const input = { before: before ?? null, after: after ?? null }
      choose('diff', input, async () => (await import('../command/detection/compare.ts')).runDiff)
    })
}

function declareSearch(program: Command, choose: Choose): void {
  program
    .command('search')
    .description('say in which sets on disk a signature or rule is')
    .argument('<name>', 'a name as the scanner reports it, or the sid of a rule')
    .option('--since <date>', 'sets of this day and later ones only', readDay)
    .addHelpText(
      'after',
      examples('defs search Eicar-Test-Signature', 'defs search 2010935 --since 2026-11-01'),
    )
    .action((name: string, { since }: { since?: string }) => {
      choose(
        'search',
        { name, since: since ?? null },
        async () => (await import('../command/detection/compare.ts')).runSearch,
      )
    })
}

function declareExceptions(program: Command, choose: Choose): void {
  const exceptions = program
    .command('exceptions')
    .description('what the sets are not to detect: single signatures, sids, groups of rules, YARA rules')
    .addHelpText(
      'after',
      examples(
        'defs exceptions list',
        'defs exceptions add Win.Test.EICAR_HDB-1 --reason "our own test file" --until 7d --now',
        'defs exceptions remove Win.Test.EICAR_HDB-1 --now',
      ),
    )

  exceptions
    .command('add')
    .description('except a ClamAV signature, a Suricata sid or group (a file of rules), or a YARA rule')
    .argument('<id>', 'a name as the scanner reports it; a sid; group:NAME')
    .usage('<id> --reason <text> [options]')
    .requiredOption('--reason <text>', 'why; it is kept in the history and shown by status')
    .option('--until <date>', 'a day (YYYY-MM-DD, its start in UTC), a moment (RFC 3339) or a duration (7d)')
    .option('--now', 'make a new set out of the current one at once')
    .option(...lockWaitOption)
    .addHelpText(
      'after',
      examples(
        'defs exceptions add Vendor.Name.UNOFFICIAL --reason "false alarm, case 4711" --until 2026-12-31',
        'defs exceptions add 2019401 --reason "our scanner" --now',
        'defs exceptions add group:emerging-games --reason "games are allowed"',
      ),
    )
    .action((id: string, options: { reason: string; until?: string; now?: boolean; lockWait?: number }) => {
      const { reason, until = null, now = false, lockWait = 0 } = options
      choose(
        'exceptions add',
        { id, reason, until, now, lockWait },
        async () => (await import('../command/detection/exceptions.ts')).runExcept,
      )
    })

  exceptions
    .command('remove')
    .description('take an exception back')
    .argument('<id>', 'what was excepted')
    .option('--now', 'make a new set out of the current one at once')
    .option(...lockWaitOption)
    .addHelpText('after', examples('defs exceptions remove 2019401 --now'))
    .action((id: string, { now = false, lockWait = 0 }: { now?: boolean; lockWait?: number }) => {
      choose(
        'exceptions remove',
        { id, now, lockWait },
        async () => (await import('../command/detection/exceptions.ts')).runUnexcept,
      )
    })

  exceptions
    .command('list', { isDefault: true })
    .description('show all of them: why, until when, and whether they match anything')
    .addHelpText('after', examples('defs exceptions list --json'))
    .action(() =>
      choose(
        'exceptions list',
        {},
        async () => (await import('../command/detection/exceptions.ts')).runExceptions,
      ),
    )
}

function declareFamilies(program: Command, choose: Choose): void {
  const families = program
    .command('families')
    .description('the lines of definitions that the configuration has')
    .addHelpText('after', examples('defs families list --json', 'defs families adopt clamav'))

  families
    .command('adopt')
    .description('make the store of a flat configuration that of a family, by renaming; or back')
    .argument('<name>', 'the family, as it stands below families')
    .option('--back', 'make it the only store again')
    .option(...lockWaitOption)
    .addHelpText('after', examples('defs families adopt clamav', 'defs families adopt clamav --back'))
    .action((family: string, { back = false, lockWait = 0 }: { back?: boolean; lockWait?: number }) => {
      choose(
        'families adopt',
        { family, back, lockWait },
        async () => (await import('../command/adopt.ts')).runAdopt,
      )
    })

  families
    .command('list', { isDefault: true })
    .description('show where each lies, what it holds and what is current')
    .addHelpText('after', examples('defs families list --json'))
    .action(() => choose('families list', {}, async () => (await import('../command/adopt.ts')).runFamilies))
}
