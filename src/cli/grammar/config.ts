import { type Command, Option } from 'commander'
import type { StarterKind } from '../../config/short-starter.ts'
import type { Choose } from '../invocation.ts'
import { examples } from './argument.ts'

/** Declares the commands that show, check and begin a configuration. */
export function declareConfig(program: Command, choose: Choose): void {
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
      choose('config show', { origin }, async () => (await import('../command/config.ts')).runConfigShow)
    })
  config
    .command('check')
    .description('list every problem of the configuration; exit code 2 when there is one')
    .addHelpText('after', examples('defs config check', 'defs config check --config /etc/defs/defs.yaml'))
    .action(() =>
      choose('config check', {}, async () => (await import('../command/config.ts')).runConfigCheck),
    )
  config
    .command('init')
    .description('write a starter file: short and working with --kind, else with every option as a comment')
    .argument('[file]', 'where to', 'defs.yaml')
    .addOption(
      new Option('--kind <kind>', 'kind of definitions').choices([
        'clamav',
        'rules',
        'liveupdate',
        'internal',
      ]),
    )
    .option('--from-freshclam <file>', 'do what this freshclam.conf does; says what was not taken over')
    .option(
      '--from-liveupdate <file>',
      'ask the hosts of this liveupdate.conf or Settings.LiveUpdate; says the same',
    )
    .option('--force', 'write over a file that is there')
    .addHelpText(
      'after',
      examples(
        'defs config init',
        'defs config init --kind clamav --from-freshclam /etc/clamav/freshclam.conf /etc/defs/defs.yaml --force',
        'defs config init --from-liveupdate /etc/liveupdate.conf',
      ),
    )
    .action((file: string, options: ConfigInit) => {
      const { force = false, kind = null, fromFreshclam = null } = options
      const hosts = options.fromLiveupdate === undefined ? {} : { fromLiveUpdate: options.fromLiveupdate }
      choose(
        'config init',
        { file, force, kind, fromFreshclam, ...hosts },
        async () => (await import('../command/config-init.ts')).runConfigInit,
      )
    })
  config
    .command('schema')
    .description('print the JSON Schema of the configuration (draft-07), for editors')
    .addHelpText('after', examples('defs config schema > defs.schema.json'))
    .action(() =>
      choose('config schema', {}, async () => (await import('../command/config.ts')).runConfigSchema),
    )
}

interface ConfigInit {
  readonly force?: boolean
  readonly kind?: StarterKind
  readonly fromFreshclam?: string
  readonly fromLiveupdate?: string
}
