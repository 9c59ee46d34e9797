import { type Command, Option } from 'commander'
import { limits } from '../../limits.ts'
import type { Choose } from '../invocation.ts'
import { examples, readTimeout } from './argument.ts'

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
      new Option('--timeout <seconds>', 'come to an end within this many seconds')
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
    .action(() => choose('metrics', {}, async () => (await import('../command/metrics.ts')).runMetrics))
}
