import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { limits } from '../../limits.ts'
import type { SetAlias, SetName } from '../../set-name.ts'
import { readMoment } from '../../text/moment.ts'
import type { Choose } from '../invocation.ts'
import { examples, readDuration, readSeconds, readSet, readStoreSet, readTimeout } from './argument.ts'

/** Declares the commands that tell what has happened. */
export function declareReport(program: Command, choose: Choose): void {
  program
    .command('history')
    .description('what was live when, and why')
    .addHelpText('after', examples('defs history', 'defs history --json'))
    .action(() => choose('history', {}, async () => (await import('../command/report.ts')).runHistory))

  program
    .command('report')
    .description('the entries of the journal, by date, action and text')
    .option('--from <moment>', 'only from then on, for example 2026-11-21', readFrom)
    .option('--to <moment>', 'only up to then; a day counts to its end', readTo)
    .option(
      '--action <name>',
      "only this action: LiveUpdate, 'Definitions updated', 'Object modified', 'Service started', 'Service start failed', 'Service stopped', Logon, Logoff, or the name of an event; may be repeated",
      collect,
    )
    .option('--search <text>', 'only entries that hold this text, in any case')
    .option('--summary', 'totals by action, source and outcome instead of the entries')
    .option('--csv', 'write DEFSyyyymmddhhmm.csv beside the journal, for spreadsheets')
    .option('--out <folder>', 'where to write it instead')
    .addHelpText(
      'after',
      examples(
        'defs report --from 2026-11-01 --action LiveUpdate',
        "defs report --action 'Definitions updated' --csv --out /var/tmp",
        'defs report --from 2026-11-01T06:00 --to 2026-11-30T18:00 --summary',
      ),
    )
    .action(
      (options: {
        from?: Date
        to?: Date
        action?: readonly string[]
        search?: string
        summary?: boolean
        csv?: boolean
        out?: string
      }) => {
        const { from = null, to = null, action = [], search = null, csv = false, out = null } = options
        const { summary = false } = options
        const input = { from, to, actions: action, search, summary, csv, out }
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

/** Declares the commands that run beside or before a service. */
export function declareDaemon(program: Command, choose: Choose): void {
  program
    .command('daemon')
    .description('run the schedule and look after the store until a signal ends it; SIGHUP reloads')
    .addHelpText('after', examples('defs daemon', 'defs daemon --config /etc/defs/defs.yaml --quiet'))
    .action(() => choose('daemon', {}, async () => (await import('../command/daemon.ts')).runDaemon))

  program
    .command('prestart')
    .description('update before a service starts, within a bound; 0 whenever a proved set is there, else 13')
    .addOption(
      new Option('--timeout <duration>', 'come to an end within this time: 90 (seconds), 5m')
        .argParser(readTimeout)
        .default(limits.prestart, String(limits.prestart / 1000)),
    )
    .addHelpText('after', examples('defs prestart', 'defs prestart --timeout 30 --json'))
    .action(({ timeout }: { timeout: number }) => {
      choose('prestart', { timeout }, async () => (await import('../command/prestart.ts')).runPrestart)
    })

  program
    .command('metrics')
    .description('print the metrics of the store for Prometheus')
    .addHelpText('after', examples('defs metrics', 'defs metrics > /var/lib/node_exporter/defs.prom'))
    .action(() => choose('metrics', {}, async () => (await import('../command/report.ts')).runMetrics))
}

// Long enough for a courier, short enough that a lost stick is worthless soon.
const usualLife = '30d'

/** Declares the way over an air gap. */
export function declareBundle(program: Command, choose: Choose): void {
  program
    .command('export')
    .description('write one set as one bundle file, for machines that no source reaches')
    .addArgument(new Argument('<file>', 'the bundle to write'))
    .option('--set <set>', 'this set instead of the current one: a name, or previous, latest', readStoreSet)
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
      choose(
        'export',
        { file, set, have, life: expires, sign },
        async () => (await import('../command/bundle.ts')).runExport,
      )
    })

  program
    .command('import')
    .description('take a set out of a bundle, prove it and make it current; no network is needed')
    .addArgument(new Argument('<file>', 'a bundle of `defs export`'))
    .option('--force', 'take an older, barred or held-back set too; authentication is never skipped')
    .option('--allow <set>', 'take this set although it is barred', readSet)
    .option('--signed', 'refuse a bundle whose expiry nobody signed')
    .option('--lock-wait <duration>', 'wait this long for another run to end: 90 (seconds), 5m', readSeconds)
    .addHelpText(
      'after',
      examples('defs verify /media/stick/defs.bundle', 'defs import /media/stick/defs.bundle --json'),
    )
    .action((file: string, options: Import) => {
      const { force = false, allow = null, signed = false, lockWait = 0 } = options
      choose(
        'import',
        { file, force, allow, signed, lockWait },
        async () => (await import('../command/bundle.ts')).runImport,
      )
    })
}

interface Export {
  readonly set?: SetName | SetAlias
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
