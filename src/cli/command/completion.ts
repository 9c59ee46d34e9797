import { type CommandOutline, withAllBelow, wordsAfter } from '../grammar/outline.ts'
import type { CommandResult } from '../output.ts'

/** The shells that `defs completion` knows. */
export type Shell = 'bash' | 'zsh' | 'fish' | 'powershell'

/** Makes the script of each shell. */
export const shells = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
} satisfies Record<Shell, (program: CommandOutline) => string>

/** A completion script for bash 4 and later. */
export function bashScript(program: CommandOutline): string {
  const all = withAllBelow(program)
  const paths = all.map(({ path }) => `'${path}'`).join(' ')
  const cases = all.map(
    (command) => `    '${command.path}') words='${wordsAfter(command, program).join(' ')}' ;;`,
  )
  return `# bash completion for defs
_defs() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' i candidate word
  local known=(${paths})
  for ((i = 1; i < COMP_CWORD; i++)); do
    candidate="\${path:+$path }\${COMP_WORDS[i]}"
    for word in "\${known[@]}"; do
      [[ $word == "$candidate" ]] && path=$candidate
    done
  done
  if [[ \${COMP_WORDS[COMP_CWORD - 1]} == --config ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
    return
  fi
  case $path in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _defs defs
`
}

/** A completion script for fish. */
export function fishScript(program: CommandOutline): string {
  const lines = ['# fish completion for defs', 'complete -c defs -f']
  for (const command of withAllBelow(program)) {
    const condition = conditionOf(command)
    for (const { name, description } of command.commands) {
      lines.push(`complete -c defs -n ${condition} -a ${name} -d ${quoteFish(description)}`)
    }
    for (const value of command.values) lines.push(`complete -c defs -n ${condition} -a ${value}`)
    for (const { name, description, takesValue } of command.options) {
      // The program's own options go with every command.
      const when = command.path === '' ? '' : ` -n ${condition}`
      const value = takesValue ? (name === '--config' ? ' -r -F' : ' -x') : ''
      lines.push(`complete -c defs${when} -l ${name.slice(2)} -d ${quoteFish(description)}${value}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function conditionOf(command: CommandOutline): string {
  if (command.path === '') return '__fish_use_subcommand'
  const seen = command.path.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`)
  const below = command.commands.map(({ name }) => name)
  const none = below.length > 0 ? [`not __fish_seen_subcommand_from ${below.join(' ')}`] : []
  return quoteFish([...seen, ...none].join('; and '))
}

function quoteFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** A completion script for PowerShell 5 and later. */
export function powershellScript(program: CommandOutline): string {
  const entries = withAllBelow(program).map((command) => {
    const words = wordsAfter(command, program).map((word) => `'${word}'`)
    return `    '${command.path}' = @(${words.join(', ')})`
  })
  return `# PowerShell completion for defs
Register-ArgumentCompleter -Native -CommandName defs -ScriptBlock {
  param($word, $line, $cursor)
  $known = @{
${entries.join('\n')}
  }
  $path = ''
  foreach ($element in $line.CommandElements | Select-Object -Skip 1) {
    if ($element.Extent.EndOffset -ge $cursor -and $word -ne '') { break }
    $candidate = ("$path " + $element.ToString()).Trim()
    if ($known.ContainsKey($candidate)) { $path = $candidate }
  }
  $known[$path] | Where-Object { $_ -like "$word*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`
}

/** A completion script for zsh. */
export function zshScript(program: CommandOutline): string {
  const all = withAllBelow(program)
  const paths = all.map(({ path }) => `'${path}'`).join(' ')
  return `#compdef defs
_defs() {
  local path='' candidate i
  local -a known choices
  known=(${paths})
  for ((i = 2; i < CURRENT; i++)); do
    candidate="\${path:+$path }\${words[i]}"
    (( \${known[(Ie)$candidate]} )) && path=$candidate
  done
  if [[ \${words[CURRENT - 1]} == --config ]]; then
    _files
    return
  fi
  case $path in
${all.map((command) => `    '${command.path}') choices=(${choicesOf(command, program)}) ;;`).join('\n')}
  esac
  _describe 'defs' choices
}
compdef _defs defs
# Loaded from a folder of functions, this is the first time that zsh asks.
if [[ $funcstack[1] == _defs ]]; then _defs "$@"; fi
`
}

function choicesOf(command: CommandOutline, program: CommandOutline): string {
  const options = command.path === '' ? program.options : [...command.options, ...program.options]
  const described = [...command.commands, ...options].map(({ name, description }) =>
    quoteZsh(name, description),
  )
  return [...described, ...command.values.map((value) => `'${value}'`)].join(' ')
}

function quoteZsh(name: string, description: string): string {
  return `'${name}:${description.replaceAll("'", '’').replaceAll(':', ',')}'`
}

export interface CompletionInput {
  readonly shell: Shell
  readonly outline: CommandOutline
}

/** Prints a completion script made from the grammar. */
export async function runCompletion({ shell, outline }: CompletionInput): Promise<CommandResult> {
  const script = shells[shell](outline)
  return { exitCode: 0, json: { shell, script }, lines: script.trimEnd().split('\n') }
}
