import { exitCodeOf, exitCodes } from '../src/cli/exit-code.ts'
import { exitMeanings } from '../src/cli/manual/manual.ts'
import { freezeOptions, ringOptions, windowOptions } from '../src/config/options/fleet.ts'
import { options } from '../src/config/options/main.ts'
import type { Option, OptionRows } from '../src/config/options/option.ts'
import { scheduleOptions } from '../src/config/options/publish.ts'
import { sinkOptions } from '../src/config/options/sink.ts'
import { sourceOptions } from '../src/config/options/source.ts'
import { writeValue } from '../src/config/show-value.ts'
import { hasVariable, variableOf } from '../src/config/variable.ts'
import { errorCodes } from '../src/error.ts'
import { catalogue, type EventKind } from '../src/event/catalogue.ts'

// The pages of docs/ that are made from the tables of the program; `npm run docs` writes them.

const made = '<!-- Made by `npm run docs` from the tables of the program. Do not edit. -->'

/** docs/options.md: every option, from the option table. */
export function optionsPage(): string {
  return `# Options

${made}

How a value is found, and how each type is written: [configuration.md](configuration.md). Keys of one kind of source,
of one kind of receiver and of the schedule follow below the table of what is set once.

${optionTables()}
`
}

/** docs/events.md: every event, from the catalogue, in the order of the numbers. */
export function eventsPage(): string {
  const kinds: [string, EventKind][] = Object.entries(catalogue)
  const rows = kinds
    .toSorted(([, a], [, b]) => a.id - b.id)
    .map(([name, { id, id60, level, message, cause, action }]) => {
      const number = id60 === undefined ? String(id) : `${id} (${id60})`
      return [number, code(name), level, cell(message), cell(cause), cell(action)]
    })
  return `# Events

${made}

Every event is a line of the journal (\`state/events.jsonl\` below \`store.root\`) and goes to the receivers of
\`events.sinks\`, see [monitoring.md](monitoring.md). Numbers and names are stable. 25, 30 and 399 to 404 are the numbers
that monitoring of mail gateways already knows ([contract.md section 5](contract.md#5-events)); those of \`defs\` begin at
1000. A number in brackets holds with \`product.version\` 6.0.x. Words in angle brackets are filled in.
\`defs events explain ID\` prints a row of this table.

${table(['number', 'name', 'level', 'message', 'cause', 'what to do'], rows)}
`
}

/** docs/exit-codes.md: every exit code, and the errors that end with it. */
export function exitCodesPage(): string {
  const meanings: Readonly<Record<string, string>> = exitMeanings
  const rows = Object.entries(exitCodes).map(([number, name]) => {
    const errors = errorCodes.filter((error) => String(exitCodeOf[error]) === number)
    return [number, name, meanings[number] ?? '', errors.map(link).join(' ') || '-']
  })
  return `# Exit codes

${made}

What a run ends with. Which of two codes a doubtful case gets: [contract.md section 2](contract.md#2-exit-codes). What
each error code means and what to do about it: [troubleshooting.md](troubleshooting.md). \`status --nagios\` alone ends with
0, 1, 2 or 3 as plugins of Nagios do.

${table(['code', 'name', 'when', 'error codes'], rows)}
`
}

/** One table for what is set once, one for each kind of source and of receiver, one for the schedule. */
function optionTables(): string {
  const kinds: [string, OptionRows][] = Object.entries(sourceOptions)
  const sinks: [string, OptionRows][] = Object.entries(sinkOptions)
  return [
    optionTable(options, true),
    ...kinds.map(
      ([kind, rows]) => `Inside \`sources.<name>\` with \`kind: ${kind}\`:\n\n${optionTable(rows, false)}`,
    ),
    ...sinks.map(
      ([kind, rows]) =>
        `Inside an element of \`events.sinks\` with \`kind: ${kind}\`:\n\n${optionTable(rows, false)}`,
    ),
    `Inside an element of \`schedule\`:\n\n${optionTable(scheduleOptions, false)}`,
    `Inside an element of \`fleet.rings\`:\n\n${optionTable(ringOptions, false)}`,
    `Inside an element of \`fleet.windows\`:\n\n${optionTable(windowOptions, false)}`,
    `Inside an element of \`fleet.freeze\`:\n\n${optionTable(freezeOptions, false)}`,
  ].join('\n\n')
}

function optionTable(rows: OptionRows, withVariables: boolean): string {
  const head = ['key', 'type', 'default', ...(withVariables ? ['variable'] : []), 'meaning']
  const lines = Object.entries(rows).map(([path, option]) => {
    const variable = hasVariable(path, option) ? code(variableOf(path)) : ''
    return [
      code(path),
      typeOf(option),
      defaultOf(option),
      ...(withVariables ? [variable] : []),
      meaning(option),
    ]
  })
  return table(head, lines)
}

function typeOf({ type, values }: Option): string {
  if (values === undefined) return type
  return `${type === 'choices' ? 'list of ' : ''}${values.map(code).join(', ')}`
}

function defaultOf(option: Option): string {
  if (option.required) return 'required'
  const text = writeValue(option.default, option.type) || option.unset || ''
  return text === '' ? '' : code(text)
}

function meaning({ description, only }: Option): string {
  return only === undefined ? description : `${description} With \`scanner.kind: ${only.join('` or `')}\`.`
}

function link(error: string): string {
  return `[${code(error)}](troubleshooting.md#${error.toLowerCase()})`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Text for a cell: angle brackets would be taken for HTML. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '\\<')
}

function code(text: string): string {
  return `\`${text}\``
}
