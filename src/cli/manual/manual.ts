import type { ErrorCode } from '../../error.ts'
import { catalogue, type EventKind } from '../../event/catalogue.ts'
import { type ExitCode, exitCodeOf, exitCodes } from '../exit-code.ts'
import { type CommandOutline, type OptionOutline, withAllBelow } from '../grammar/outline.ts'
import { configurationPage } from './configuration-page.ts'
import { bold, header, paragraphs, plain, prose, section, subsection, term, verbatim } from './roff.ts'

/** defs(1): every command with its options and examples, exit codes, events. */
function programPage({ program, version }: Manuscript): string {
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

/** What a page is made from. */
export interface Manuscript {
  readonly program: CommandOutline
  /** Of `defs` itself. */
  readonly version: string
}

/** The pages of the manual, by the name of their file. */
export type Page = 'defs.1' | 'defs.yaml.5'

/** Makes each page, as roff for `man`. */
export const pages = {
  'defs.1': programPage,
  'defs.yaml.5': ({ version }) => configurationPage(version),
} satisfies Record<Page, (manuscript: Manuscript) => string>

/** When a run ends with each code, for people (docs/contract.md section 2). */
export const exitMeanings = {
  0: 'done, or already current',
  1: 'something nobody foresaw: a fault of the program',
  2: 'a wrong command line or configuration; all problems are listed',
  3: 'no source answered, or a receiver of events did not take one',
  4: 'what came is no package, or breaks a limit',
  5: 'a signature, digest, guard, expiry or version was refused',
  6: 'the disk is full, a permission is missing, or input and output failed',
  7: 'the gate or the scanner refused the candidate; the old set is live',
  8: 'the live set was bad, and an older good one is live now (event 399)',
  9: 'the live set is older than allowed',
  10: 'another run is at work on the store',
  11: 'the source asked to wait; until when is printed',
  12: 'the content licence is missing, expired past its grace, or not yet valid',
  13: 'there is no valid set anywhere (event 401)',
  14: 'the scanner does not use the current set: it is dead, silent, or uses another set or folder',
  100: 'newer definitions are on offer (`defs check` alone)',
  130: 'a signal ended the run; nothing half-done is visible',
} as const satisfies Record<ExitCode, string>
