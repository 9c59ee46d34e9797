import type { Context } from '../context.ts'
import { DefsError, describeError } from '../error.ts'
import type { Active } from '../hawking/stage.ts'
import { runCommand } from '../run-command.ts'

/** A program that is told of a set. */
export interface Told {
  /** Program and arguments; `{set}` in an argument is the folder of the set. No shell looks at them. */
  readonly argv: readonly string[]
  /** Milliseconds. */
  readonly timeout: number
}

// What a shell ends with when it cannot run a program, or does not find it.
const notRun = [126, 127]

/**
 * Runs a program that has to do with a set. It finds the set in `DEFS_SET`, its folder in `DEFS_SET_DIR` and the set
 * before in `DEFS_PREVIOUS` (empty when there is none).
 * @returns null when it ended with status 0; else why nothing can be said: it could not be run (cron's PATH lacks
 * /usr/sbin), did not end in time, or was ended by a signal, none of which says anything of the set
 * @throws SCANNER_REFUSED when it ends with another status; INTERRUPTED
 */
export async function runHook(
  active: Active,
  told: Told,
  root: string,
  context: Context,
): Promise<string | null> {
  const [program = '', ...args] = told.argv
  // The program's own name is not replaced: a set's folder is no place to run things from.
  const argv = [program, ...args.map((argument) => argument.replaceAll('{set}', active.directory))]
  if (context.signal.aborted) throw interrupted(program)
  const ended = await runCommand(argv, {
    variables: variablesOf(active),
    cwd: root,
    timeout: told.timeout,
    signal: context.signal,
  }).catch(
    (error: unknown) => `the program '${program}' cannot be run: ${describeError(error)}; is it on the PATH?`,
  )
  if (typeof ended === 'string') return ended
  const { status, stopped, output } = ended
  if (stopped === 'interrupted') throw interrupted(program)
  if (stopped) return `'${program}' did not end within ${told.timeout} ms: ${output}`
  if (status === null) return `'${program}' was ended by a signal: ${output}`
  if (notRun.includes(status))
    return `'${program}' ended with ${status}, which says that it could not be run: ${output}`
  if (status !== 0) throw refused(active, `'${program}' ended with ${status}: ${output}`)
  return null
}

function interrupted(program: string): DefsError {
  return new DefsError('INTERRUPTED', `interrupted while running '${program}'`)
}

function variablesOf({ set, directory, previous }: Active): NodeJS.ProcessEnv {
  return { DEFS_SET: set, DEFS_SET_DIR: directory, DEFS_PREVIOUS: previous ?? '' }
}

function refused({ set, directory }: Active, what: string): DefsError {
  return new DefsError('SCANNER_REFUSED', `told of ${set}, ${what}`, { path: directory })
}
