import type { CommandResult } from '../command-result.ts'
import type { CommandOutline } from '../completion/outline.ts'
import { type Page, pages } from '../manual/pages.ts'

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
