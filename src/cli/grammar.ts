import { Argument, type Command, Option } from 'commander'
import type { SetName } from '../set-id.ts'
import { outlineOf } from './completion/outline.ts'
import { declareAdvice } from './grammar/advice.ts'
import { examples, readSeconds, readSet, readTimeout } from './grammar/argument.ts'
import { declareBundle } from './grammar/bundle.ts'
import { declareDaemon } from './grammar/daemon.ts'
import { declareEventSinks } from './grammar/events.ts'
import { declareHeal } from './grammar/heal.ts'
import { declareManual } from './grammar/manual.ts'
import { declarePublish } from './grammar/publish.ts'
import { declareReport } from './grammar/report.ts'
import { declareUpkeep } from './grammar/upkeep.ts'
import type { Choose } from './invocation.ts'

/** Declares every command: its options, its examples, and which file carries it out. */
export function declareCommands(program: Command, choose: Choose): void {
  declareUpdate(program, choose)
  declareStore(program, choose)
  declareUpkeep(program, choose)
  declareHeal(program, choose)
  declareReport(program, choose)
  declareDaemon(program, choose)
  declareSources(program, choose)
  declareAdvice(program, choose)
  declarePublish(program, choose)
  declareBundle(program, choose)
  declareConfig(program, choose)
  declareEvents(program, choose)
  declareEventSinks(program, choose)
  declareCompletion(program, choose)
  declareManual(program, choose)
}

const sourceOption = () => new Option('--source <name>', 'ask this source only')
const timeoutOption = () =>
  new Option('--timeout <seconds>', 'give up after this many seconds').argParser(readTimeout)

function declareUpdate(program: Command, choose: Choose): void {
  program
    .command('update')
    .description('fetch newer definitions, prove them authentic and make them current')
    .addOption(sourceOption())
    .option('--dry-run', 'say what would be fetched; change nothing')
    .option('--force', 'take older, barred and held-back sets too; authentication is never skipped')
    .option('--allow <set>', 'take this set although it is barred', readSet)
    .addOption(timeoutOption())
    .option('--lock-wait <seconds>', 'wait this long for another run to end', readSeconds)
    .option('--no-confirm', 'do not watch the scanner afterwards; the next run or check confirms the set')
    .option('--any-role', 'update although this node is passive (see role in the configuration)')
    .addHelpText(
      'after',
      examples('defs update', 'defs update --source rapid --timeout 600', 'defs update --dry-run --json'),
    )
    .action((options: Update) => {
      const { dryRun = false, force = false, anyRole = false, lockWait = 0, confirm = true } = options
      const rest = { dryRun, force, anyRole, allow: options.allow ?? null, lockWait, confirm }
      const input = { ...asked(options), ...rest }
      choose('update', input, async () => (await import('./command/update.ts')).runUpdate)
    })

  program
    .command('check')
    .description('ask whether newer definitions are on offer; exit code 100 when they are')
    .addOption(sourceOption())
    .addOption(timeoutOption())
    .addHelpText('after', examples('defs check', 'defs check --source internal --json'))
    .action((options: Asking) => choose('check', asked(options), async () => (await import('./command/check.ts')).runCheck))
}

function declareStore(program: Command, choose: Choose): void {
  program
    .command('list')
    .description('list the sets on disk')
    .addHelpText('after', examples('defs list', 'defs list --json'))
    .action(() => choose('list', {}, async () => (await import('./command/list.ts')).runList))

  program
    .command('show')
    .description('show one set: files, signer, source, how it was verified')
    .addArgument(new Argument('<set>', 'a set, for example 20261121.003').argParser(readSet))
    .addHelpText('after', examples('defs show 20261121.003', 'defs show "11/21/2026 rev. 3" --json'))
    .action((set: SetName) => choose('show', { set }, async () => (await import('./command/show.ts')).runShow))
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
    .action(() => choose('sources', {}, async () => (await import('./command/sources.ts')).runSources))
}

function declareConfig(program: Command, choose: Choose): void {
  const config = program
    .command('config')
    .description('show, check or begin a configuration')
    .addHelpText(
      'after',
      examples('defs config show --origin', 'defs config check', 'defs config init defs.yaml'),
    )
  config
    .command('show')
    .description('print every value in force; passwords are left out')
    .option('--origin', 'say where each value comes from')
    .addHelpText('after', examples('defs config show', 'DEFS_MAX_AGE=12h defs config show --origin'))
    .action(({ origin = false }: { origin?: boolean }) => {
      choose('config show', { origin }, async () => (await import('./command/config-show.ts')).runConfigShow)
    })
  config
    .command('check')
    .description('list every problem of the configuration; exit code 2 when there is one')
    .addHelpText('after', examples('defs config check', 'defs config check --config /etc/defs/defs.yaml'))
    .action(() => choose('config check', {}, async () => (await import('./command/config-check.ts')).runConfigCheck))
  config
    .command('init')
    .description('write a commented starter file')
    .argument('[file]', 'where to', 'defs.yaml')
    .option('--force', 'write over a file that is there')
    .addHelpText('after', examples('defs config init', 'defs config init /etc/defs/defs.yaml'))
    .action((file: string, { force = false }: { force?: boolean }) => {
      choose('config init', { file, force }, async () => (await import('./command/config-init.ts')).runConfigInit)
    })
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
    .action(() => choose('events', {}, async () => (await import('./command/events-list.ts')).runEventsList))
  events
    .command('explain')
    .description('explain an event or an error code')
    .argument('<id>', 'a number, a name or an error code')
    .addHelpText('after', examples('defs events explain 399', 'defs events explain TRUST_SIGNATURE'))
    .action((id: string) => choose('events explain', { id }, async () => (await import('./command/events-explain.ts')).runEventsExplain))
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
      choose('completion', { shell, outline: outlineOf(program) }, async () => (await import('./command/completion.ts')).runCompletion)
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
  readonly confirm?: boolean
}

function asked({ source, timeout }: Asking): { source: string | null; timeout: number | null } {
  return { source: source ?? null, timeout: timeout ?? null }
}
