import { Argument, type Command } from 'commander'
import { outlineOf } from '../completion/outline.ts'
import type { Choose } from '../invocation.ts'
import { examples } from './argument.ts'

const names = ['defs.1', 'defs.yaml.5'] as const

/** Declares the manual. */
export function declareManual(program: Command, choose: Choose): void {
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
