import type { Command } from 'commander'
import type { Choose } from '../invocation.ts'
import { examples } from './argument.ts'

/** Declares what `defs events` can do with the receivers of events. */
export function declareEventSinks(program: Command, choose: Choose): void {
  program.commands
    .find((command) => command.name() === 'events')
    ?.command('test')
    .description('send a test event through the sinks; exit code 3 when one did not take it')
    .option('--sink <name>', 'this sink only: its name, or its place in the list from 0')
    .addHelpText('after', examples('defs events test', 'defs events test --sink mail --json'))
    .action(({ sink }: { sink?: string }) => {
      choose('events test', { sink: sink ?? null }, async () => (await import('../command/events-test.ts')).runEventsTest)
    })
}
