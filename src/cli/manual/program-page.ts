import type { ErrorCode } from '../../error.ts'
import { catalogue, type EventKind } from '../../event/catalogue.ts'
import { type CommandOutline, type OptionOutline, withAllBelow } from '../completion/outline.ts'
import { exitCodeOf, exitCodes } from '../exit-code.ts'
import { exitMeanings } from './exit-meaning.ts'
import type { Manuscript } from './pages.ts'
import { bold, header, paragraphs, plain, prose, section, subsection, term, verbatim } from './roff.ts'

/** defs(1): every command with its options and examples, exit codes, events. */
export function programPage({ program, version }: Manuscript): string {
  // A command with others below it is nothing by itself.
  const commands = withAllBelow(program).filter((command) => command.commands.length === 0)
  return `${[
    ...header('DEFS', 1, version),
    section('Name'),
    `defs \\- ${plain('keep antivirus definitions fresh and proved')}`,
    section('Synopsis'),
    `${bold('defs')} [\\fIoptions\\fR] \\fIcommand\\fR [\\fIarguments\\fR]`,
    section('Description'),
    prose(program.description),
    ...paragraphs(
      'Results go to the standard output, progress and messages to the standard error. The configuration is described in defs.yaml(5).',
    ),
    section('Options'),
    'These go with every command, before or after its name.',
    ...program.options.flatMap(describeOption),
    section('Commands'),
    ...commands.flatMap(describeCommand),
    section('Exit status'),
    ...describeExits(),
    section('Events'),
    'What is written to the journal and sent to the receivers of events.',
    ...Object.entries(catalogue).flatMap(([name, kind]) => describeEvent(name, kind)),
    section('Environment'),
    ...term(bold('DEFS_CONFIG'), 'Configuration file, when `--config` names none.'),
    ...term(bold('DEFS_*'), 'Single values of the configuration: see defs.yaml(5).'),
    ...term(bold('NO_COLOR'), 'Takes colours away; `FORCE_COLOR` gives them without a terminal.'),
    section('Files'),
    ...term(bold('/etc/defs/defs.yaml'), 'Configuration of the system.'),
    ...term(bold('/var/lib/defs'), 'Sets and state, unless `store.root` says otherwise.'),
    section('See also'),
    `${bold('defs.yaml')}(5)`,
  ].join('\n')}\n`
}

function describeCommand(command: CommandOutline): string[] {
  const { path, usage, description, values, options, examples } = command
  return [
    subsection(`defs ${path} ${usage}`.trim()),
    prose(`${sentence(description)}${values.length > 0 ? ` One of ${list(values)}.` : ''}`),
    ...options.flatMap(describeOption),
    ...(examples.length > 0 ? ['.PP', 'Examples:', ...verbatim(examples)] : []),
  ]
}

function describeOption({ flags, description, values }: OptionOutline): string[] {
  const allowed = values.length > 0 ? ` One of ${list(values)}.` : ''
  return term(bold(flags), `${sentence(description)}${allowed}`)
}

function describeExits(): string[] {
  return Object.entries(exitCodes).flatMap(([number, name]) => {
    const code = Number(number) as keyof typeof exitCodes
    const errors = Object.keys(exitCodeOf).filter((error) => exitCodeOf[error as ErrorCode] === code)
    return term(
      `${bold(number)} ${plain(name)}`,
      sentence(exitMeanings[code]),
      errors.length > 0 ? `Errors: ${errors.join(', ')}.` : '',
    )
  })
}

function describeEvent(name: string, { id, id60, level, message, cause, action }: EventKind): string[] {
  const older = id60 === undefined ? '' : ` (${id60} with \`product.version\` 6.0.x)`
  return term(
    `${bold(String(id))} ${plain(name)}`,
    `${sentence(level)} ${message}${older}`,
    `${cause} ${action}`,
  )
}

function list(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ')
}

function sentence(text: string): string {
  const begun = `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
  return /[.?!]$/.test(begun) ? begun : `${begun}.`
}
