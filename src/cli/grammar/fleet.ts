import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import type { SetName } from '../../set-name.ts'
import type { Choose } from '../invocation.ts'
import { examples, readSeconds, readSet } from './argument.ts'

/** Declares what `defs fleet` can do. */
export function declareFleet(fleet: Command, choose: Choose): void {
  declareEnrolment(fleet, choose)
  declareLooking(fleet, choose)
  declareDeciding(fleet, choose)
}

const reasonOption = () => new Option('--reason <text>', 'why; it is kept and told')
const setArgument = () => new Argument('<set>', 'a set, for example 20261121.003').argParser(readSet)

function declareEnrolment(fleet: Command, choose: Choose): void {
  fleet
    .command('init')
    .description('make card, state and what hosts are given; with a bus all that nats-server starts with')
    .addHelpText('after', examples('defs fleet init', 'defs fleet init --json'))
    .action(() => choose('fleet init', {}, async () => (await import('../command/fleet/decide.ts')).runInit))
  fleet
    .command('join')
    .description('make the key of this host, once, and print what its admission takes')
    .option('--new-key', 'make another key: this machine was cloned or restored')
    .addHelpText('after', examples('defs fleet join', 'defs fleet join --new-key'))
    .action(({ newKey = false }: { newKey?: boolean }) =>
      choose('fleet join', { newKey }, async () => (await import('../command/fleet/decide.ts')).runJoin),
    )
  fleet
    .command('admit')
    .description('let a host report')
    .argument('<host>', 'its name')
    .argument('<key>', "its public key, as 'defs fleet join' prints it")
    .option('--label <k=v...>', 'labels that rings may choose by', readLabel, {})
    .option('--replace', 'take this key instead of the one it was admitted with')
    .addHelpText('after', examples('defs fleet admit web1 UABC... --label site=berlin'))
    .action(
      (
        host: string,
        key: string,
        { label, replace = false }: { label: Record<string, string>; replace?: boolean },
      ) =>
        choose(
          'fleet admit',
          { host, key, labels: label, replace },
          async () => (await import('../command/fleet/decide.ts')).runAdmit,
        ),
    )
  fleet
    .command('remove')
    .description('let a host report no more')
    .argument('<host>', 'its name')
    .addHelpText('after', examples('defs fleet remove web1'))
    .action((host: string) =>
      choose('fleet remove', { host }, async () => (await import('../command/fleet/decide.ts')).runRemove),
    )
  fleet
    .command('credentials')
    .description('write the token by which a host reaches the bus; it holds no secret')
    .argument('<host>', 'its name')
    .requiredOption('--out <file>', 'where to')
    .addHelpText('after', examples('defs fleet credentials web1 --out web1.jwt'))
    .action((host: string, { out }: { out: string }) =>
      choose(
        'fleet credentials',
        { host, out },
        async () => (await import('../command/fleet/decide.ts')).runCredentials,
      ),
    )
}

function declareLooking(fleet: Command, choose: Choose): void {
  fleet
    .command('run')
    .description('run the controller until a signal ends it')
    .option('--once', 'decide what can be decided now, and end as fleet status does')
    .addHelpText('after', examples('defs fleet run', 'defs fleet run --once'))
    .action(({ once = false }: { once?: boolean }) =>
      choose('fleet run', { once }, async () => (await import('../command/fleet/run.ts')).runRun),
    )
  fleet
    .command('status')
    .description(
      'how the rings stand; 100 while something moves or waits, 7 after a halt, 9 when a ring is late',
    )
    .option('--ring <name>', 'this ring only')
    .addHelpText('after', examples('defs fleet status', 'defs fleet status --json'))
    .action(({ ring }: { ring?: string }) =>
      choose(
        'fleet status',
        { ring: ring ?? null },
        async () => (await import('../command/fleet/look.ts')).runStatus,
      ),
    )
  fleet
    .command('hosts')
    .description('every host: its ring and why, its set, and what it waits for')
    .option('--ring <name>', 'of this ring')
    .option('--state <state>', 'in this state')
    .option('--label <k=v...>', 'with these labels', readLabel, {})
    .option('--csv', 'for a spreadsheet')
    .addHelpText('after', examples('defs fleet hosts --state refused', 'defs fleet hosts --csv'))
    .action(
      ({
        ring,
        state,
        label,
        csv = false,
      }: {
        ring?: string
        state?: string
        label: Record<string, string>
        csv?: boolean
      }) =>
        choose(
          'fleet hosts',
          { ring: ring ?? null, state: state ?? null, labels: label, csv },
          async () => (await import('../command/fleet/look.ts')).runHosts,
        ),
    )
  fleet
    .command('show')
    .description('where a set is, since when, by whom, and the evidence')
    .addArgument(setArgument())
    .addHelpText('after', examples('defs fleet show 20261121.003'))
    .action((set: SetName) =>
      choose('fleet show', { set }, async () => (await import('../command/fleet/look.ts')).runShow),
    )
  fleet
    .command('watch')
    .description('print what happens to the fleet as it happens, one JSON object a line')
    .addHelpText('after', examples('defs fleet watch'))
    .action(() => choose('fleet watch', {}, async () => (await import('../command/fleet/look.ts')).runWatch))
  fleet
    .command('doctor')
    .description('look at bus, streams, card, clocks and keys; exit code 6 with findings')
    .addHelpText('after', examples('defs fleet doctor'))
    .action(() =>
      choose('fleet doctor', {}, async () => (await import('../command/fleet/look.ts')).runDoctor),
    )
  fleet
    .command('forecast')
    .description('how long the next set takes to reach each ring, and how many bytes go over the line')
    .addOption(
      new Option('--line <mbit>', 'the line of the server, in Mbit/s')
        .argParser(readRate)
        .default(1000, '1000 Mbit/s'),
    )
    .addHelpText('after', examples('defs fleet forecast --line 100'))
    .action(({ line }: { line: number }) =>
      choose('fleet forecast', { line }, async () => (await import('../command/fleet/look.ts')).runForecast),
    )
}

function declareDeciding(fleet: Command, choose: Choose): void {
  fleet
    .command('approve')
    .description('let a ring take a set, or pass it where too few hosts could prove it')
    .argument('<ring>', 'the ring')
    .addArgument(setArgument())
    .addOption(reasonOption())
    .addHelpText('after', examples('defs fleet approve broad 20261121.003'))
    .action((ring: string, set: SetName, { reason }: { reason?: string }) =>
      choose(
        'fleet approve',
        { ring, set, reason: reason ?? null },
        async () => (await import('../command/fleet/decide.ts')).runApprove,
      ),
    )
  for (const what of ['pause', 'resume'] as const) {
    fleet
      .command(what)
      .description(
        what === 'pause' ? 'take nothing new, in one ring or in all' : 'go on, in one ring or in all',
      )
      .argument('[ring]', 'the ring; default: all')
      .addOption(reasonOption())
      .addHelpText('after', examples(`defs fleet ${what}`, `defs fleet ${what} broad`))
      .action((ring: string | undefined, { reason }: { reason?: string }) =>
        choose(
          `fleet ${what}`,
          { what, ring: ring ?? null, reason: reason ?? null },
          async () => (await import('../command/fleet/decide.ts')).runPause,
        ),
      )
  }
  for (const what of ['halt', 'urgent'] as const) {
    fleet
      .command(what)
      .description(
        what === 'halt'
          ? 'take a set out of every ring, and let nobody take it again'
          : 'take a set through windows and freezes, with a short soak; never past the first ring',
      )
      .addArgument(setArgument())
      .addOption(reasonOption().makeOptionMandatory())
      .addHelpText('after', examples(`defs fleet ${what} 20261121.003 --reason 'case 4711'`))
      .action((set: SetName, { reason }: { reason: string }) =>
        choose(
          `fleet ${what}`,
          { what, set, reason },
          async () => (await import('../command/fleet/decide.ts')).runHalt,
        ),
      )
  }
  fleet
    .command('rollback')
    .description('take every host back to the set before, or to the one named, those who are away included')
    .addArgument(
      new Argument(
        '[set]',
        'the set to go back to; default: the newest that every ring has passed',
      ).argParser(readSet),
    )
    .option('--ring <name>', 'this ring only')
    .addOption(reasonOption().makeOptionMandatory())
    .addOption(
      new Option('--wait [duration]', 'wait until everybody who is awake is back: 90 (seconds), 5m')
        .argParser(readSeconds)
        .preset('10m'),
    )
    .addHelpText(
      'after',
      examples(
        "defs fleet rollback --reason 'false alarms'",
        "defs fleet rollback 20261120.002 --reason 'case 4711' --wait",
      ),
    )
    .action(
      (set: SetName | undefined, { ring, reason, wait }: { ring?: string; reason: string; wait?: number }) =>
        choose(
          'fleet rollback',
          { set: set ?? null, ring: ring ?? null, reason, wait: wait ?? null },
          async () => (await import('../command/fleet/decide.ts')).runRollback,
        ),
    )
}

function readLabel(text: string, before: Record<string, string>): Record<string, string> {
  const [, key, value] = /^([\w.-]{1,64})=(.{1,128})$/.exec(text) ?? []
  if (key === undefined || value === undefined) throw new InvalidArgumentError('Write it as site=berlin.')
  return { ...before, [key]: value }
}

function readRate(text: string): number {
  const rate = Number(text)
  if (rate > 0) return rate
  throw new InvalidArgumentError('Write a number of Mbit/s, for example 100.')
}
