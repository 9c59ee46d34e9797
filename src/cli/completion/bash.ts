import { type CommandOutline, withAllBelow, wordsAfter } from './outline.ts'

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
