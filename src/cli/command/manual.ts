import type { CommandOutline } from '../grammar/outline.ts'
import { type Page, pages } from '../manual/manual.ts'
import type { CommandResult } from '../output.ts'

export interface ManualInput {
  readonly page: Page
  readonly outline: CommandOutline
  readonly version: string
}

/** Prints a page of the manual made from the grammar and the option table. */
export async function runManual({ page, outline, version }: ManualInput): Promise<CommandResult> {
  const roff = pages[page]({ program: outline, version })
  return { exitCode: 0, json: { page, roff }, lines: roff.trimEnd().split('\n') }
}
