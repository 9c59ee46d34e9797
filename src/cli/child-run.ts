import { type ChildProcess, spawn } from 'node:child_process'
import { limits } from '../limits.ts'
import type { Session } from './session.ts'

/** What became of a command in a process of its own. */
export interface ChildRun {
  /** What it printed; null when that is no result, as of one that was killed. */
  readonly json: Readonly<Record<string, unknown>> | null
  /** True when it did not end in its time. */
  readonly stopped: boolean
}

/**
 * Runs a command of ours in a process of its own, for whoever must go on whatever it does: a process can be killed
 * while it waits for a name server or a disk, a promise cannot, and a server goes on answering while another
 * process packs. Store and tree bear being left at any moment.
 * @param config file of the configuration; null to let it be found
 * @param bound milliseconds, until it is asked to end; a little later it is made to
 */
export async function runInChild(
  argv: readonly string[],
  { environment, context, globals }: Pick<Session, 'environment' | 'context' | 'globals'>,
  config: string | null,
  bound: number,
): Promise<ChildRun> {
  const where = [
    ...(config === null ? [] : ['--config', config]),
    ...(globals.family === null ? [] : ['--family', globals.family]),
  ]
  const child = spawn(process.execPath, [environment.program, ...argv, '--json', ...where], {
    env: environment.env,
    cwd: environment.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = collect(child)
  child.stderr?.on('data', (bytes: Buffer) => environment.stderr.write(bytes.toString('utf8')))
  let stopped = false
  let kill: NodeJS.Timeout | undefined
  const stop = () => {
    child.kill('SIGTERM')
    kill ??= setTimeout(() => child.kill('SIGKILL'), limits.prestartGrace)
  }
  const clock = setTimeout(() => {
    stopped = true
    stop()
  }, bound)
  context.signal.addEventListener('abort', stop)
  try {
    await ended(child)
    return { json: readResult(printed()), stopped }
  } finally {
    clearTimeout(clock)
    clearTimeout(kill)
    context.signal.removeEventListener('abort', stop)
    // What the child started may hold the pipes; it must not hold us.
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve())
    child.once('close', () => resolve())
    child.once('exit', () => setTimeout(resolve, limits.commandDrain))
  })
}

function collect(child: ChildProcess): () => string {
  const pieces: Buffer[] = []
  let size = 0
  child.stdout?.on('data', (bytes: Buffer) => {
    size += bytes.length
    if (size <= limits.childResult) pieces.push(bytes)
  })
  return () => Buffer.concat(pieces).toString('utf8')
}

function readResult(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}
