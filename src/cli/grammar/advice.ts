import { Argument, type Command, Option } from 'commander'
import type { Choose } from '../invocation.ts'
import { examples, readTimeout } from './argument.ts'

/** Declares what helps to choose a source and to try one. */
export function declareAdvice(program: Command, choose: Choose): void {
  program
    .command('advise')
    .description('which update method suits this network; knocks at the configured hosts and changes nothing')
    .addOption(
      new Option('--wan-cost <cost>', 'what traffic to the internet costs here').choices(['low', 'high']),
    )
    .addHelpText('after', examples('defs advise', 'defs advise --wan-cost high --json'))
    .action(({ wanCost }: { wanCost?: 'low' | 'high' }) => {
      choose('advise', { wanCost: wanCost ?? null }, async () => (await import('../command/advise.ts')).runAdvise)
    })

  program.commands
    .find((command) => command.name() === 'sources')
    ?.command('test')
    .description('try one source step by step; fetches no package and changes no set')
    .addArgument(new Argument('<name>', 'a configured source'))
    .option('--timeout <seconds>', 'give up after this many seconds', readTimeout)
    .addHelpText('after', examples('defs sources test liveupdate', 'defs sources test rapid --json'))
    .action((source: string, { timeout }: { timeout?: number }) => {
      choose('sources test', { source, timeout: timeout ?? null }, async () => (await import('../command/sources-test.ts')).runSourcesTest)
    })
}
