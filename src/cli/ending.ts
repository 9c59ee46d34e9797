import type { DefsError } from '../error.ts'
import type { CommandResult } from './command-result.ts'

/** How a command line ended: with a result, or with an error. */
export type Ending =
  | { readonly command: string | null; readonly result: CommandResult }
  | { readonly command: string | null; readonly error: DefsError }
