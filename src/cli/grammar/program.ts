import { Argument, type Command, Option } from 'commander'
import type { SetAlias, SetName } from '../../set-name.ts'
import type { Choose } from '../invocation.ts'
import { examples, readSeconds, readSet, readStoreSet, readTimeout } from './argument.ts'
import { declareConfig } from './config.ts'
import { declareConsole } from './console.ts'
import { declareDetection } from './detection.ts'
import { outlineOf } from './outline.ts'
import { declarePublish } from './publish.ts'
import { declareBundle, declareDaemon, declareReport } from './service.ts'
import { declareHeal, declareStatus, declareUpkeep } from './store.ts'

/** Declares what a command of its own can do, its grammar being loaded for those who ask for it. */
export type Further = (command: Command, choose: Choose) => void

// What is run by monitors and timers, runs for months or is waited for: its grammar is declared alone when it is the first word.
const alone: readonly (readonly [Further, readonly string[]])[] = [
  [declareUpdate, ['update', 'check']],
  [declareStore, ['list', 'show']],
  [declareStatus, ['status']],
  [declareHeal, ['verify', 'rollback']],
  [declareReport, ['history', 'report']],
  [declareDaemon, ['daemon', 'prestart', 'metrics']],
]

/**
 * Declares every command: its options, its examples, and which file carries it out.
 * @param first the first word of the command line, which may be a command; anything else needs all of them
 * @param fleet what `defs fleet` can do; null when nobody asks for that
 */
export function declareCommands(
  program: Command,
  choose: Choose,
  first: string | undefined,
  fleet: Further | null,
): void {
  const only = alone.find(([, names]) => first !== undefined && names.includes(first))
  if (only) {
    only[0](program, choose)
    return
  }
  declareUpdate(program, choose)
  declareStore(program, choose)
  declareDetection(program, choose)
  declareUpkeep(program, choose)
  declareHeal(program, choose)
  declareReport(program, choose)
  declareDaemon(program, choose)
  declareConsole(program, choose)
  declareSources(program, choose)
  declareAdvice(program, choose)
  declarePublish(program, choose)
  const command = program
    .command('fleet')
    .description('roll sets out to many machines, ring by ring, and take them back')
    .addHelpText(
      'after',
      examples('defs fleet status', 'defs fleet run', "defs fleet rollback --reason 'false alarms'"),
    )
  fleet?.(command, choose)
  declareBundle(program, choose)
  declareConfig(program, choose)
  declareEvents(program, choose)
  declareEventSinks(program, choose)
  declareCompletion(program, choose)
  declareManual(program, choose)
  for (const one of program.commands) one.helpGroup(groupOf(one.name()))
}

/** Where the help of the program lists a command. */
const groups: Readonly<Record<string, readonly string[]>> = {
  'Definitions:': [
    'update',
    'check',
    'status',
    'verify',
    'rollback',
    'hold',
    'unhold',
    'list',
    'show',
    'diff',
    'search',
    'exceptions',
    'prune',
  ],
  'What happened, and what is wrong:': ['history', 'report', 'events', 'doctor', 'license', 'metrics'],
  'Sources and times:': ['sources', 'advise', 'schedule', 'daemon', 'prestart', 'console'],
  'Internal server, fleet and air gap:': [
    'keys',
    'publish',
    'promote',
    'channels',
    'serve',
    'fleet',
    'export',
    'import',
  ],
}

function groupOf(name: string): string {
  return Object.keys(groups).find((title) => groups[title]?.includes(name)) ?? 'Setting up:'
}

const sourceOption = () => new Option('--source <name>', 'ask this source only')
const timeoutOption = () =>
  new Option('--timeout <duration>', 'give up after this time: 90 (seconds), 5m').argParser(readTimeout)

function declareUpdate(program: Command, choose: Choose): void {
  program
    .command('update')
    .description('fetch newer definitions, prove them authentic and make them current')
    .addOption(sourceOption())
    .option('--dry-run', 'say what would be fetched; change nothing')
    .option('--force', 'take older, barred and held-back sets too; authentication is never skipped')
    .option('--allow <set>', 'take this set although it is barred', readSet)
    .addOption(timeoutOption())
    .option('--lock-wait <duration>', 'wait this long for another run to end: 90 (seconds), 5m', readSeconds)
    .option('--no-confirm', 'do not watch the scanner afterwards; the next run or check confirms the set')
    .option('--any-role', 'update although this node is passive, or another product is to (see role)')
    .option('--scheduled', 'as the schedule does: nothing while it is paused (see defs schedule pause)')
    .addHelpText(
      'after',
      examples('defs update', 'defs update --source rapid --timeout 10m', 'defs update --dry-run --json'),
    )
    .action((options: Update) => {
      const { dryRun = false, force = false, anyRole = false, lockWait = 0, confirm = true } = options
      const scheduled = options.scheduled ? { scheduled: true } : {}
      const rest = { dryRun, force, anyRole, ...scheduled, allow: options.allow ?? null, lockWait, confirm }
      const input = { ...asked(options), ...rest }
      choose('update', input, async () => (await import('../command/update.ts')).runUpdate)
    })

  program
    .command('check')
    .description('ask whether newer definitions are on offer; exit code 100 when they are')
    .addOption(sourceOption())
    .addOption(timeoutOption())
    .addHelpText('after', examples('defs check', 'defs check --source internal --json'))
    .action((options: Asking) =>
      choose('check', asked(options), async () => (await import('../command/check.ts')).runCheck),
    )
}

function declareStore(program: Command, choose: Choose): void {
  program
    .command('list')
    .description('list the sets on disk')
    .addHelpText('after', examples('defs list', 'defs list --json'))
    .action(() => choose('list', {}, async () => (await import('../command/sets.ts')).runList))

  program
    .command('show')
    .description('show one set: files, signer, source, how it was verified')
    .addArgument(
      new Argument('<set>', 'a set, for example 20261121.003; or current, previous, latest').argParser(
        readStoreSet,
      ),
    )
    .addHelpText('after', examples('defs show 20261121.003', 'defs show "11/21/2026 rev. 3" --json'))
    .action((set: SetName | SetAlias) =>
      choose('show', { set }, async () => (await import('../command/sets.ts')).runShow),
    )
}

function declareSources(program: Command, choose: Choose): void {
  const sources = program
    .command('sources')
    .description('the configured sources')
    .addHelpText('after', examples('defs sources', 'defs sources list --json'))
  sources
    .command('list', { isDefault: true })
    .description('list them with their health')
    .addHelpText('after', examples('defs sources list', 'defs sources list --json'))
    .action(() => choose('sources', {}, async () => (await import('../command/sources.ts')).runSources))
}

function declareEvents(program: Command, choose: Choose): void {
  const events = program
    .command('events')
    .description('what the events of the journal mean')
    .addHelpText('after', examples('defs events', 'defs events explain 399'))
  events
    .command('list', { isDefault: true })
    .description('list all events')
    .addHelpText('after', examples('defs events list', 'defs events list --json'))
    .action(() => choose('events', {}, async () => (await import('../command/events.ts')).runEventsList))
  events
    .command('explain')
    .description('explain an event or an error code')
    .argument('<id>', 'a number, a name or an error code')
    .addHelpText('after', examples('defs events explain 399', 'defs events explain TRUST_SIGNATURE'))
    .action((id: string) =>
      choose('events explain', { id }, async () => (await import('../command/events.ts')).runEventsExplain),
    )
}

function declareCompletion(program: Command, choose: Choose): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish', 'powershell']))
    .addHelpText(
      'after',
      examples('defs completion bash > /etc/bash_completion.d/defs', 'defs completion fish | source'),
    )
    .action((shell: 'bash' | 'zsh' | 'fish' | 'powershell') => {
      choose(
        'completion',
        { shell, outline: outlineOf(program) },
        async () => (await import('../command/completion.ts')).runCompletion,
      )
    })
}

interface Asking {
  readonly source?: string
  readonly timeout?: number
}

interface Update extends Asking {
  readonly dryRun?: boolean
  readonly force?: boolean
  readonly allow?: SetName
  readonly lockWait?: number
  readonly anyRole?: boolean
  readonly scheduled?: boolean
  readonly confirm?: boolean
}

function asked({ source, timeout }: Asking): { source: string | null; timeout: number | null } {
  return { source: source ?? null, timeout: timeout ?? null }
}

/** Declares what helps to choose a source and to try one. */
function declareAdvice(program: Command, choose: Choose): void {
  program
    .command('advise')
    .description('which update method suits this network; knocks at the configured hosts and changes nothing')
    .addOption(
      new Option('--wan-cost <cost>', 'what traffic to the internet costs here').choices(['low', 'high']),
    )
    .addHelpText('after', examples('defs advise', 'defs advise --wan-cost high --json'))
    .action(({ wanCost }: { wanCost?: 'low' | 'high' }) => {
      choose(
        'advise',
        { wanCost: wanCost ?? null },
        async () => (await import('../command/advise.ts')).runAdvise,
      )
    })

  program.commands
    .find((command) => command.name() === 'sources')
    ?.command('test')
    .description('try one source step by step; fetches no package and changes no set')
    .addArgument(new Argument('<name>', 'a configured source'))
    .option('--timeout <duration>', 'give up after this time: 90 (seconds), 5m', readTimeout)
    .addHelpText('after', examples('defs sources test liveupdate', 'defs sources test rapid --json'))
    .action((source: string, { timeout }: { timeout?: number }) => {
      choose(
        'sources test',
        { source, timeout: timeout ?? null },
        async () => (await import('../command/sources.ts')).runSourcesTest,
      )
    })
}

/** Declares what `defs events` can do with the receivers of events. */
function declareEventSinks(program: Command, choose: Choose): void {
  program.commands
    .find((command) => command.name() === 'events')
    ?.command('test')
    .description('send a test event through the sinks; exit code 3 when one did not take it')
    .option('--sink <name>', 'this sink only: its name, or its place in the list from 0')
    .addHelpText('after', examples('defs events test', 'defs events test --sink mail --json'))
    .action(({ sink }: { sink?: string }) => {
      choose(
        'events test',
        { sink: sink ?? null },
        async () => (await import('../command/events.ts')).runEventsTest,
      )
    })
}

const names = ['defs.1', 'defs.yaml.5'] as const

/** Declares the manual. */
function declareManual(program: Command, choose: Choose): void {
  program
    .command('manual')
    .description('print a page of the manual, for man')
    .addArgument(new Argument('[page]', 'the page').choices(names).default('defs.1'))
    .addHelpText('after', examples('defs manual | man -l -', 'defs manual defs.yaml.5 | man -l -'))
    .action((page: (typeof names)[number]) => {
      const input = { page, outline: outlineOf(program), version: program.version() ?? '' }
      choose('manual', input, async () => (await import('../command/manual.ts')).runManual)
    })
}
