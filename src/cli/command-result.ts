import type { DefsError } from '../error.ts'
import type { ExitCode } from './exit-code.ts'

/** How a line is to be understood; the colours follow from it. */
export type Tone = 'good' | 'warning' | 'bad' | 'quiet' | 'title'

/** A line of a result. Commands know no colours, so that text from afar can be made harmless before painting. */
export type Line = string | { readonly text: string; readonly tone: Tone }

/** What a command hands back: its exit code, and its result for machines and for people. */
export interface CommandResult {
  readonly exitCode: ExitCode
  /** The fields of the JSON object, but for schema, command, ok and exitCode. */
  readonly json: Readonly<Record<string, unknown>>
  readonly lines: Iterable<Line>
  /** Why the exit code is not 0, when the result is worth printing all the same. */
  readonly error?: DefsError
}
