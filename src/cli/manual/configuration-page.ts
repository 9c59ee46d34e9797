import { options } from '../../config/options/main.ts'
import type { Option, OptionRows } from '../../config/options/option.ts'
import { scheduleOptions } from '../../config/options/publish.ts'
import { sinkOptions } from '../../config/options/sink.ts'
import { sourceOptions } from '../../config/options/source.ts'
import { writeValue } from '../../config/show-value.ts'
import { hasVariable, variableOf } from '../../config/variable.ts'
import { bold, header, paragraphs, plain, section, subsection, term, verbatim } from './roff.ts'

const example = `trust: { anchors: [/etc/defs/vendor-root.pem] }
default: liveupdate
sources:
  liveupdate: { kind: liveupdate, hosts: ['https://updates.example/'] }
schedule:
  - { source: liveupdate, days: [tue, thu], first: '06:00', every: 4h }`

/** defs.yaml(5): every option of the option table. */
export function configurationPage(version: string): string {
  const kinds: [string, OptionRows][] = Object.entries(sourceOptions)
  const sinks: [string, OptionRows][] = Object.entries(sinkOptions)
  return `${[
    ...header('DEFS.YAML', 5, version),
    section('Name'),
    `defs.yaml \\- ${plain('configuration of defs')}`,
    section('Description'),
    'YAML or JSON, data alone. Flags beat variables, variables beat the file, the file beats defaults.',
    ...paragraphs(
      'The file is the one named with `--config`, else by `DEFS_CONFIG`, else the first of `./defs.yaml` (when it belongs to the caller), `~/.config/defs/defs.yaml` and `/etc/defs/defs.yaml`.',
      'Keys are written here with dots for the tables they stand in. Relative paths start from the folder of the file. Durations are written `90s`, `5m`, `4h`, `7d`; sizes in bytes or as `64MiB`. A key that is not known is an error. `defs config check` lists every problem, `defs config show` every value in force.',
    ),
    section('Options'),
    ...describeRows(options, true),
    section('Sources'),
    'Each key below sources is the name of a source and holds these keys, and kind.',
    ...kinds.flatMap(([kind, rows]) => [subsection(`kind: ${kind}`), ...describeRows(rows, false)]),
    section('Schedule'),
    'A list; each element has these keys.',
    ...describeRows(scheduleOptions, false),
    section('Receivers of events'),
    'A list at events.sinks; each element has these keys, and kind.',
    ...sinks.flatMap(([kind, rows]) => [subsection(`kind: ${kind}`), ...describeRows(rows, false)]),
    section('Example'),
    'Certified definitions on two days of the week.',
    ...verbatim(example.split('\n')),
    section('See also'),
    `${bold('defs')}(1)`,
  ].join('\n')}\n`
}

function describeRows(rows: OptionRows, withVariables: boolean): string[] {
  return Object.entries(rows).flatMap(([path, option]) =>
    term(bold(path), meaning(option), facts(path, option, withVariables)),
  )
}

function meaning({ description, only }: Option): string {
  return only === undefined ? description : `${description} With \`scanner.kind: ${only}\`.`
}

function facts(path: string, option: Option, withVariables: boolean): string {
  const { type, values, required, least, most } = option
  const standard = writeValue(option.default, type) || option.unset
  const bound = (value: number) => writeValue(value, type)
  return [
    values === undefined ? type : values.map((value) => `\`${value}\``).join(', '),
    required ? 'required' : '',
    standard ? `default \`${standard}\`` : '',
    least === undefined ? '' : `at least ${bound(least)}`,
    most === undefined ? '' : `at most ${bound(most)}`,
    withVariables && hasVariable(path, option) ? `variable \`${variableOf(path)}\`` : '',
  ]
    .filter((fact) => fact !== '')
    .join('; ')
}
