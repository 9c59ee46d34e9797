import { type CommandOutline, withAllBelow, wordsAfter } from './outline.ts'

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
