import { type CommandOutline, withAllBelow } from './outline.ts'

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
