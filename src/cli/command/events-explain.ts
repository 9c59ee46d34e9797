import { DefsError, type ErrorCode, errorCodes } from '../../error.ts'
import { type Explained, explainEvent } from '../../event/explain.ts'
import type { CommandResult } from '../command-result.ts'
import { exitCodeOf, exitCodes } from '../exit-code.ts'

export interface ExplainInput {
  /** A number, a name or an error code. */
  readonly id: string
}

/** Explains an event, or an error code as events and JSON carry them. @throws USAGE_ARGUMENT for an unknown one */
export async function runEventsExplain({ id }: ExplainInput): Promise<CommandResult> {
  const event = explainEvent(id)
  if (event) return describeEvent(event)
  const code = errorCodes.find((known) => known === id.toUpperCase())
  if (code) return describeCode(code)
  throw new DefsError('USAGE_ARGUMENT', `there is no event and no error code '${id}': see defs events`)
}

function describeEvent(event: Explained): CommandResult {
  const { id, id60 = id, name, level, message, cause, action } = event
  return {
    exitCode: 0,
    json: { event: { id, id60, name, level, message, cause, action } },
    lines: [
      { text: `${id} ${name} (${level})`, tone: 'title' },
      message,
      '',
      `cause   ${cause}`,
      `action  ${action}`,
      ...(id60 === id ? [] : [`With product.version 6.0.x its number is ${id60}.`]),
    ],
  }
}

// By the part before the underscore, which is the stage that reports it.
const stages: Readonly<Record<string, string>> = {
  USAGE: 'The command line cannot be carried out as it is.',
  CONFIG: 'The configuration is missing, unsafe or wrong: `defs config check` lists every problem.',
  SOURCE: 'A source did not answer as its protocol demands: check the network, the proxy and the address.',
  INDEX: 'What the source sent as its index is none: often a login or error page of a proxy.',
  FETCH: 'The package that came is not what was announced.',
  ARCHIVE: 'The package is damaged, of an unknown format, or breaks a limit that keeps this machine safe.',
  TRUST: 'The set is not proved authentic. Never override it: tell whoever runs the source.',
  STORE: 'The store cannot be read or written, is in use, or holds nothing fit for use.',
  GATE: 'The gate refused the set before it became current.',
  SCANNER: 'The scanner did not take the set.',
  SINK: 'A receiver of events did not take them; they wait for it: `defs events test` shows why.',
  LICENCE: 'The content licence does not allow a download now.',
  INTERRUPTED: 'A signal ended the run; nothing half-done is visible.',
  BUG: 'Something unforeseen: run again with --verbose and report what it prints.',
}

function describeCode(code: ErrorCode): CommandResult {
  const exitCode = exitCodeOf[code]
  const meaning = stages[code.split('_')[0] ?? ''] ?? ''
  return {
    exitCode: 0,
    json: { errorCode: { code, meaning, exitCode, exitName: exitCodes[exitCode] } },
    lines: [{ text: code, tone: 'title' }, meaning, '', `exit code  ${exitCode} (${exitCodes[exitCode]})`],
  }
}
