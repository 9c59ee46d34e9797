import type { Context } from '../context.ts'
import { DefsError } from '../error.ts'
import type { Active } from '../hawking/staged.ts'
import { runCommand } from '../run-command.ts'
import type { SetName } from '../set-id.ts'
import type { Desk } from './desk.ts'
import type { Scanner } from './scanner.ts'

export interface CommandConfig {
  /** Program and arguments; `{set}` in an argument is the folder of the set. No shell looks at them. */
  readonly argv: readonly string[]
  /** Milliseconds. */
  readonly timeout: number
}

/**
 * A scanner that is told by running a program; exit status 0 says that it uses the set. The program finds the set
 * in `DEFS_SET`, its folder in `DEFS_SET_DIR` and the set before in `DEFS_PREVIOUS` (empty when there is none).
 */
export function openCommand(config: CommandConfig, root: string, desk: Desk): Scanner {
  return {
    async handOver(active, context) {
      await tell(active, config, root, context)
      await desk.remember(active.set)
      return { set: active.set, proof: 'command' }
    },
    inUse: (): Promise<SetName | null> => desk.recall(),
  }
}

async function tell(active: Active, config: CommandConfig, root: string, context: Context): Promise<void> {
  const [program = '', ...args] = config.argv
  // The program's own name is not replaced: a set's folder is no place to run things from.
  const argv = [program, ...args.map((argument) => argument.replaceAll('{set}', active.directory))]
  if (context.signal.aborted) throw interrupted(program)
  const ended = await runCommand(argv, {
    env: environment(active),
    cwd: root,
    timeout: config.timeout,
    signal: context.signal,
  }).catch((cause: unknown) => {
    throw refused(active, `'${program}' cannot be run`, cause)
  })
  if (ended.stopped === 'interrupted') throw interrupted(program)
  if (ended.stopped)
    throw refused(active, `'${program}' did not end within ${config.timeout} ms: ${ended.output}`)
  if (ended.status !== 0) {
    throw refused(active, `'${program}' ended with ${ended.status ?? 'a signal'}: ${ended.output}`)
  }
}

function interrupted(program: string): DefsError {
  return new DefsError('INTERRUPTED', `interrupted while running '${program}'`)
}

function environment({ set, directory, previous }: Active): NodeJS.ProcessEnv {
  // Our own variables may hold passwords of sources; they are no business of the program's.
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('DEFS_'))
  return {
    ...Object.fromEntries(others),
    DEFS_SET: set,
    DEFS_SET_DIR: directory,
    DEFS_PREVIOUS: previous ?? '',
  }
}

function refused({ set, directory }: Active, what: string, cause?: unknown): DefsError {
  return new DefsError('SCANNER_REFUSED', `the scanner did not take ${set}: ${what}`, {
    cause,
    path: directory,
  })
}
