import { type CommandOutline, withAllBelow } from './outline.ts'

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
  const described = [...command.commands, ...options].map(({ name, description }) => quoteZsh(name, description))
  return [...described, ...command.values.map((value) => `'${value}'`)].join(' ')
}

function quoteZsh(name: string, description: string): string {
  return `'${name}:${description.replaceAll("'", '’').replaceAll(':', ',')}'`
}
