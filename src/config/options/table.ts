import { writeValue } from '../show-value.ts'
import { hasVariable, variableOf } from '../variable.ts'
import { options } from './main.ts'
import type { Option, OptionRows } from './option.ts'
import { scheduleOptions } from './publish.ts'
import { sinkOptions } from './sink.ts'
import { sourceOptions } from './source.ts'

/** The README's list of options, as Markdown: one table for what is set once, one for each kind of source, one for the schedule. */
export function optionTableMarkdown(): string {
  const kinds: [string, OptionRows][] = Object.entries(sourceOptions)
  const sinks: [string, OptionRows][] = Object.entries(sinkOptions)
  return [
    table(options, true),
    ...kinds.map(
      ([kind, rows]) => `Inside \`sources.<name>\` with \`kind: ${kind}\`:\n\n${table(rows, false)}`,
    ),
    ...sinks.map(
      ([kind, rows]) =>
        `Inside an element of \`events.sinks\` with \`kind: ${kind}\`:\n\n${table(rows, false)}`,
    ),
    `Inside an element of \`schedule\`:\n\n${table(scheduleOptions, false)}`,
  ].join('\n\n')
}

function table(rows: OptionRows, withVariables: boolean): string {
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
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
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

function code(text: string): string {
  return `\`${text}\``
}
