import { Argument, type Command, Option } from 'commander'
import type { SetName } from '../../set-id.ts'
import type { Choose } from '../invocation.ts'
import { examples, readDuration, readSeconds, readSet } from './argument.ts'

// Long enough for a courier, short enough that a lost stick is worthless soon.
const usualLife = '30d'

/** Declares the way over an air gap. */
export function declareBundle(program: Command, choose: Choose): void {
  program
    .command('export')
    .description('write one set as one bundle file, for machines that no source reaches')
    .addArgument(new Argument('<file>', 'the bundle to write'))
    .option('--set <set>', 'this set instead of the current one', readSet)
    .option('--have <set>', 'the far side has this set: send only what changed; may be repeated', collectSets)
    .addOption(
      new Option('--expires <duration>', 'how long the bundle may be used')
        .argParser(readDuration)
        .default(readDuration(usualLife), usualLife),
    )
    .option(
      '--sign',
      'sign what the bundle says of itself, its expiry above all, with the key of `defs keys`',
    )
    .addHelpText(
      'after',
      examples('defs export defs.bundle', 'defs export /media/stick/defs.bundle --have 20261120.003 --sign'),
    )
    .action((file: string, options: Export) => {
      const { set = null, have = [], expires, sign = false } = options
      choose('export', { file, set, have, life: expires, sign }, async () => (await import('../command/export.ts')).runExport)
    })

  program
    .command('import')
    .description('take a set out of a bundle, prove it and make it current; no network is needed')
    .addArgument(new Argument('<file>', 'a bundle of `defs export`'))
    .option('--force', 'take an older, barred or held-back set too; authentication is never skipped')
    .option('--allow <set>', 'take this set although it is barred', readSet)
    .option('--signed', 'refuse a bundle whose expiry nobody signed')
    .option('--lock-wait <seconds>', 'wait this long for another run to end', readSeconds)
    .addHelpText(
      'after',
      examples('defs verify /media/stick/defs.bundle', 'defs import /media/stick/defs.bundle --json'),
    )
    .action((file: string, options: Import) => {
      const { force = false, allow = null, signed = false, lockWait = 0 } = options
      choose('import', { file, force, allow, signed, lockWait }, async () => (await import('../command/import.ts')).runImport)
    })
}

interface Export {
  readonly set?: SetName
  readonly have?: readonly SetName[]
  readonly expires: number
  readonly sign?: boolean
}

interface Import {
  readonly force?: boolean
  readonly allow?: SetName
  readonly signed?: boolean
  readonly lockWait?: number
}

function collectSets(text: string, before: readonly SetName[] = []): SetName[] {
  return [...before, readSet(text)]
}
