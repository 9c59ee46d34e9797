import type { CommandResult } from '../command-result.ts'
import type { CommandOutline } from '../completion/outline.ts'
import { type Shell, shells } from '../completion/shells.ts'

export interface CompletionInput {
  readonly shell: Shell
  readonly outline: CommandOutline
}

/** Prints a completion script made from the grammar. */
export async function runCompletion({ shell, outline }: CompletionInput): Promise<CommandResult> {
  const script = shells[shell](outline)
  return { exitCode: 0, json: { shell, script }, lines: script.trimEnd().split('\n') }
}
