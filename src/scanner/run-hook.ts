import type { Context } from '../context.ts'
import { DefsError } from '../error.ts'
import type { Active } from '../hawking/staged.ts'
import { runCommand } from '../run-command.ts'

/** A program that is told of a set. */
export interface Told {
  /** Program and arguments; `{set}` in an argument is the folder of the set. No shell looks at them. */
  readonly argv: readonly string[]
  /** Milliseconds. */
  readonly timeout: number
}

/**
 * Runs a program that has to do with a set. It finds the set in `DEFS_SET`, its folder in `DEFS_SET_DIR` and the set
 * before in `DEFS_PREVIOUS` (empty when there is none).
 * @throws SCANNER_REFUSED unless it ends with status 0 in its time; INTERRUPTED
 */
export async function runHook(active: Active, told: Told, root: string, context: Context): Promise<void> {
  const [program = '', ...args] = told.argv
  // The program's own name is not replaced: a set's folder is no place to run things from.
  const argv = [program, ...args.map((argument) => argument.replaceAll('{set}', active.directory))]
  if (context.signal.aborted) throw interrupted(program)
  const ended = await runCommand(argv, {
    variables: variablesOf(active),
    cwd: root,
    timeout: told.timeout,
    signal: context.signal,
  }).catch((cause: unknown) => {
    throw refused(active, `the program '${program}' cannot be run`, cause)
  })
  if (ended.stopped === 'interrupted') throw interrupted(program)
  if (ended.stopped)
    throw refused(active, `'${program}' did not end within ${told.timeout} ms: ${ended.output}`)
  if (ended.status !== 0) {
    throw refused(active, `'${program}' ended with ${ended.status ?? 'a signal'}: ${ended.output}`)
  }
}

function interrupted(program: string): DefsError {
  return new DefsError('INTERRUPTED', `interrupted while running '${program}'`)
}

function variablesOf({ set, directory, previous }: Active): NodeJS.ProcessEnv {
  return { DEFS_SET: set, DEFS_SET_DIR: directory, DEFS_PREVIOUS: previous ?? '' }
}

function refused({ set, directory }: Active, what: string, cause?: unknown): DefsError {
  return new DefsError('SCANNER_REFUSED', `told of ${set}, ${what}`, {
    cause,
    path: directory,
  })
}
