import { Command, CommanderError, Help } from 'commander'
import { programVersion } from '../disk/program-version.ts'
import { DefsError } from '../error.ts'
import type { Environment, Output } from './environment.ts'
import type { GlobalOptions } from './global-options.ts'
import { declareCommands, type Further } from './grammar/program.ts'
import type { Choose, Invocation } from './invocation.ts'

/**
 * Reads a command line. Null when it was `--help` or `--version`, which are printed at once.
 * @param name told of the command as soon as it is known, for errors in what follows it
 * @throws USAGE_ARGUMENT
 */
export async function readCommandLine(
  argv: readonly string[],
  { stdout, stderr }: Pick<Environment, 'stdout' | 'stderr'>,
  name: (command: string) => void = () => undefined,
): Promise<Invocation | null> {
  let path = ''
  let chosen: Pick<Invocation, 'command' | 'input' | 'run'> | undefined
  const choose: Choose = (command, input, load) => {
    chosen = { command, input, run: async (session) => (await load())(input, session) }
  }
  const program = makeProgram(choose, argv[0], await fleetGrammar(argv), widthOf(stdout))
  for (const command of withAllBelow(program)) {
    command.hook('preSubcommand', (above, below) => {
      path = [...pathOf(above), below.name()].join(' ')
      name(path)
    })
    command.configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      // Commander would ask the streams of the process, which take longer to load than the help to print.
      getOutHelpWidth: () => widthOf(stdout),
      getErrHelpWidth: () => widthOf(stderr),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
  }
  try {
    program.parse(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return null
    throw usageError(error, path, program.args)
  }
  if (!chosen) throw new DefsError('USAGE_ARGUMENT', 'no command was given: see defs --help')
  return { ...chosen, globals: globalsOf(program) }
}

/**
 * The grammar of `defs fleet`, for a command line that may be about it: as large as all that a machine of its own needs,
 * and nobody else should wait for it. Completion and the manual tell of everything.
 */
async function fleetGrammar(argv: readonly string[]): Promise<Further | null> {
  if (!argv.some((word) => ['fleet', 'completion', 'manual'].includes(word))) return null
  return (await import('./grammar/fleet.ts')).declareFleet
}

/** The grammar, as commander has it. */
function makeProgram(
  choose: Choose,
  first: string | undefined,
  fleet: Further | null,
  width: number,
): Command {
  const program = new Command('defs')
    .description('Fetches, proves, installs and takes back antivirus definition sets.')
    .version(programVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option('--config <file>', 'configuration file')
    .option('--family <name>', 'this family only, where the configuration has several')
    .option('--json', 'print one JSON object')
    .option('--quiet', 'print warnings and errors only')
    .option('--verbose', 'print details')
    .option('--no-color', 'print without colours')
    .exitOverride()
    .configureHelp({
      showGlobalOptions: true,
      optionDescription: (option) =>
        `${Help.prototype.optionDescription(option)}${option.mandatory ? ' (required)' : ''}`,
      minWidthToWrap: 10,
      formatItem,
    })
    // Errors are printed in one place, as text or as JSON.
    .configureOutput({ outputError: () => undefined })
    .addHelpText(
      'after',
      // Wrapped for those who read it only.
      () =>
        `\n${Object.assign(new Help(), { minWidthToWrap: 10 }).boxWrap('`defs <command> --help` has examples. Exit codes, events and the JSON of every command: man defs, and the documents beside the program.', width)}`,
    )
  declareCommands(program, choose, first, fleet)
  return program
}

// Elsewhere than on a terminal, and on one that does not tell its width.
const usualWidth = 80

function widthOf({ isTTY, columns }: Output): number {
  return isTTY === true && columns ? columns : usualWidth
}

// What a description needs beside its term; with less it stands below.
const leastBeside = 30

function formatItem(this: Help, term: string, termWidth: number, description: string, helper: Help): string {
  const width = helper.helpWidth ?? usualWidth
  if (description === '' || width - termWidth - 4 >= leastBeside) {
    return Help.prototype.formatItem.call(this, term, termWidth, description, helper)
  }
  const below = helper.boxWrap(description, width - 6).split('\n')
  return [`  ${term}`, ...below.map((line) => `      ${line}`)].join('\n')
}

function withAllBelow(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withAllBelow)]
}

function pathOf(command: Command): string[] {
  return command.parent ? [...pathOf(command.parent), command.name()] : []
}

function globalsOf(program: Command): GlobalOptions {
  const { config, family, json, quiet, verbose, color } = program.opts<{
    config?: string
    family?: string
    json?: boolean
    quiet?: boolean
    verbose?: boolean
    color: boolean
  }>()
  return {
    config: config ?? null,
    family: family ?? null,
    json: json ?? false,
    quiet: quiet ?? false,
    verbose: verbose ?? false,
    color,
  }
}

function usageError(error: CommanderError, path: string, [first, second]: readonly string[]): DefsError {
  // Help has been printed already, of the program as a whole for a command that there is not; commander's own text for
  // it is of no use.
  const instead =
    first === 'help' && second !== undefined ? `unknown command '${second}'` : 'no command was given'
  const text = error.code === 'commander.help' ? instead : error.message.replace(/^error: /, '')
  return new DefsError(
    'USAGE_ARGUMENT',
    `${text.replaceAll('\n', ' ').replace(/\.$/, '')}: see defs ${path}${path === '' ? '' : ' '}--help`,
  )
}
