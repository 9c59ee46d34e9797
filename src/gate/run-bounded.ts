import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Context } from '../context.ts'
import { DefsError, describeError } from '../error.ts'
import { limits } from '../limits.ts'
import { type Ended, runCommand } from '../run-command.ts'

/** What a program of the gate may take, and where it runs. */
export interface Bounds {
  readonly cwd: string
  /** Milliseconds. */
  readonly timeout: number
  /** Bytes of address space; 0 for no bound. */
  readonly memory: number
  /** Variables beside those of our own environment. */
  readonly env?: NodeJS.ProcessEnv
}

/** How a program ended by itself, or why that cannot be said. */
export type Trial = Ended | { readonly undecided: string }

/**
 * Runs a program without a shell, within its time and, where `prlimit` of util-linux is there, its memory.
 * @throws INTERRUPTED
 */
export async function runBounded(
  argv: readonly string[],
  { cwd, timeout, memory, env = {} }: Bounds,
  context: Context,
): Promise<Trial> {
  const [program = ''] = argv
  const interrupted = () => new DefsError('INTERRUPTED', `interrupted while the gate ran '${program}'`)
  if (context.signal.aborted) throw interrupted()
  try {
    const ended = await runCommand([...(await memoryBound(memory, context)), ...argv], {
      variables: env,
      cwd,
      timeout,
      signal: context.signal,
      stdout: 2 * limits.gateOutput,
    })
    if (ended.stopped === 'interrupted') throw interrupted()
    if (ended.stopped) return { undecided: `'${program}' did not end within ${timeout} ms: ${ended.output}` }
    return ended
  } catch (error) {
    if (error instanceof DefsError) throw error
    return { undecided: `'${program}' cannot be run: ${describeError(error)}` }
  }
}

async function memoryBound(memory: number, context: Context): Promise<string[]> {
  if (memory === 0) return []
  const prlimit = process.platform === 'linux' ? await findProgram('prlimit') : null
  if (prlimit) return [prlimit, `--as=${memory}`, '--']
  const text = "the gate bounds the time of its programs only: 'prlimit' of util-linux is not here"
  context.emit({ type: 'note', level: 'debug', text })
  return []
}

// Where the system keeps programs that a service's PATH may lack.
const usual = process.platform === 'win32' ? [] : ['/usr/local/bin', '/usr/bin', '/bin']

/** The program of that name on the PATH or where the system keeps its own; null when it is not there. */
export async function findProgram(name: string): Promise<string | null> {
  const file = process.platform === 'win32' ? `${name}.exe` : name
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const folder of [...folders, ...usual]) {
    const path = join(folder, file)
    if (await mayRun(path)) return path
  }
  return null
}

/** Whether a file is there and may be run. */
export async function mayRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
