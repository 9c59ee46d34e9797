import type { DefsError } from '../error.ts'
import type { GlobalOptions } from './global-options.ts'
import type { CommandResult } from './output.ts'
import type { Session } from './session.ts'

/** A command line that was understood. */
export interface Invocation {
  /** For example `update`, `config show`. */
  readonly command: string
  readonly globals: GlobalOptions
  readonly input: object
  /** Loads the command and runs it. */
  readonly run: (session: Session) => Promise<CommandResult>
}

/** What the files below command/ export for each command. */
export type RunCommand<Input> = (input: Input, session: Session) => Promise<CommandResult>

/** Takes what the grammar chose: a command, its input, and the way to the function that carries it out. */
export type Choose = <Input extends object>(
  command: string,
  input: Input,
  load: () => Promise<RunCommand<Input>>,
) => void

/** How a command line ended: with a result, or with an error. */
export type CommandOutcome =
  | { readonly command: string | null; readonly result: CommandResult }
  | { readonly command: string | null; readonly error: DefsError }
