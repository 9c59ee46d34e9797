import { showable, writeValue } from '../../config/show-value.ts'
import type { CommandResult } from '../command-result.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

export interface ConfigShowInput {
  /** Whether to say where each value comes from. */
  readonly origin: boolean
}

/** Prints every value in force. Logins were taken out of addresses when they were read, so none can be shown. */
export async function runConfigShow({ origin }: ConfigShowInput, session: Session): Promise<CommandResult> {
  const { config, shown } = await session.load()
  const entries = [...shown].map(([key, value]) => ({ key, ...value }))
  const rows = entries.map(({ key, value, type, origin: from }) => [
    key,
    writeValue(value, type) || '-',
    ...(origin ? [from] : []),
  ])
  const settings = Object.fromEntries(
    entries.map(({ key, value, origin: from }) => [
      key,
      origin ? { value: showable(value), origin: from } : showable(value),
    ]),
  )
  return { exitCode: 0, json: { file: config.file, settings }, lines: tableLines(rows) }
}
