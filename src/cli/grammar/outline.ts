import type { Command } from 'commander'

/** An option as a shell completes it and the manual tells it. */
export interface OptionOutline {
  /** With its dashes. */
  readonly name: string
  readonly description: string
  readonly takesValue: boolean
  /** As its help shows it: `-V, --version`, `--set <set>`. */
  readonly flags: string
  /** Allowed values. */
  readonly values: readonly string[]
}

/** A command as a shell completes it and the manual tells it. */
export interface CommandOutline {
  /** Words from the program's name on, without it: `config show`; empty for the program itself. */
  readonly path: string
  readonly name: string
  readonly description: string
  readonly options: readonly OptionOutline[]
  /** Names and descriptions of what may follow. */
  readonly commands: readonly CommandOutline[]
  /** Allowed values of its argument. */
  readonly values: readonly string[]
  /** What follows its name: `[options] <file>`. */
  readonly usage: string
  /** Command lines. */
  readonly examples: readonly string[]
}

/** What completion and the manual need of the grammar. */
export function outlineOf(command: Command, above: readonly string[] = []): CommandOutline {
  const own = command.parent === null ? [] : [...above, command.name()]
  return {
    path: own.join(' '),
    name: command.name(),
    description: command.description(),
    options: command.options
      .filter((option) => option.long)
      .map((option) => ({
        name: option.long ?? '',
        description: option.description,
        takesValue: option.required,
        flags: option.flags,
        values: option.argChoices ?? [],
      })),
    commands: command.commands.map((below) => outlineOf(below, own)),
    values: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    usage: command.usage(),
    examples: examplesOf(command),
  }
}

// They stand in the text after the help, and help as a whole is all that commander gives.
function examplesOf(command: Command): string[] {
  const said: string[] = []
  const output = command.configureOutput()
  command.configureOutput({ writeOut: (text) => said.push(text) })
  command.outputHelp()
  command.configureOutput(output)
  const [, after = ''] = said.join('').split('\nExamples:\n')
  const indented = after.split('\n').filter((line) => line.startsWith('  '))
  return indented.map((line) => line.trim())
}

/** A command and everything below it. */
export function withAllBelow(outline: CommandOutline): CommandOutline[] {
  return [outline, ...outline.commands.flatMap(withAllBelow)]
}

/** What may follow the words of a command: commands, values, its options and those of the program. */
export function wordsAfter(outline: CommandOutline, program: CommandOutline): readonly string[] {
  const options = outline.path === '' ? program.options : [...outline.options, ...program.options]
  return [...outline.commands.map(({ name }) => name), ...outline.values, ...options.map(({ name }) => name)]
}
