import { isDefsError } from '../../error.ts'
import { printedObject } from '../console.ts'
import { exitCodeOf } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import type { CommandResult } from '../output.ts'
import type { Session } from '../session.ts'
import type { Results } from './join-families.ts'

/**
 * Commands that tell of all families when none is named; those that change one store ask for it. `prestart` shares out
 * its time among them itself.
 */
const ofAll = new Set([
  ...['update', 'check', 'status', 'list', 'verify', 'history', 'report', 'doctor', 'schedule', 'license'],
  ...['sources', 'sources list', 'search', 'config show', 'metrics'],
])

/** Commands about what all families share. */
const ofNone = new Set([
  'events test',
  ...['add', 'list', 'password', 'remove'].map((deed) => `console user ${deed}`),
])

/**
 * Runs a command, in turn for each family where the configuration has several and none was named. One that fails holds
 * no other back; the gravest exit code is that of the whole.
 */
export async function runInTurn(invocation: Invocation, session: Session): Promise<CommandResult> {
  const { command, globals } = invocation
  if (globals.family !== null || !(ofAll.has(command) || ofNone.has(command))) return invocation.run(session)
  const [first, ...others] = await session.families()
  if (first === undefined || others.length === 0) return invocation.run(session)
  if (ofNone.has(command)) return invocation.run(session.forFamily(first))
  const results: (readonly [string, CommandResult])[] = []
  for (const family of await concerned([first, ...others], invocation, session)) {
    const result = invocation.run(session.forFamily(family))
    results.push([family, await result.catch((error: unknown) => failed(error, session))])
  }
  return joined(command, results)
}

/** The families that have the source that was named; all of them where none was, or none has it. */
async function concerned(
  families: readonly string[],
  { input }: Pick<Invocation, 'input'>,
  session: Session,
): Promise<readonly string[]> {
  const source = 'source' in input ? input.source : null
  if (typeof source !== 'string') return families
  const having: string[] = []
  for (const family of families) {
    // What is wrong with the configuration of one is told by that one.
    const loaded = await session
      .forFamily(family)
      .load({ local: true, silent: true })
      .catch(() => null)
    if (loaded === null || loaded.config.sources.has(source)) having.push(family)
  }
  return having.length === 0 ? families : having
}

/** What a command came to for all families, as one result. */
export async function joined(command: string, results: Results): Promise<CommandResult> {
  // With one family, which is what most have, nothing of it is needed.
  const { joinMetrics, joinResults, joinStatus } = await import('./join-families.ts')
  if (command === 'metrics') return joinMetrics(results)
  const printed = results.map(([family, result]) => [family, printedObject(command, result)] as const)
  return command === 'status' ? joinStatus(results, printed) : joinResults(results, printed)
}

/** A family that failed, as its result; @throws what is meant for all of them, as a signal */
export function failed(error: unknown, { context }: Session): CommandResult {
  if (!isDefsError(error) || context.signal.aborted) throw error
  return { exitCode: exitCodeOf[error.code], json: {}, lines: [], error }
}
