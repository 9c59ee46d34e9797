import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { limits } from './limits.ts'

/** How a program ended. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly status: number | null
  /** Why it was ended by us; null when it ended by itself. */
  readonly stopped: 'timeout' | 'interrupted' | null
  /** The end of what it printed, both streams together, bounded. */
  readonly output: string
  /** The end of its standard output alone, bounded by {@link CommandOptions.stdout}. */
  readonly stdout: string
}

export interface CommandOptions {
  /** Variables beside those that {@link childEnvironment} leaves. */
  readonly variables?: NodeJS.ProcessEnv
  /** What {@link childEnvironment} starts from; the environment of this process when not given. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal
  /** What it reads from its standard input; nothing when not given. */
  readonly input?: string
  /** From SIGTERM to SIGKILL; `limits.commandGrace` when not given. Milliseconds. */
  readonly grace?: number
  /** How much of its standard output is kept by itself; nothing when not given. Bytes. */
  readonly stdout?: number
}

const passwordVariables = new Set<string>()

/** Keeps variables that the configuration names for a password from every program that is started from now on. */
export function hideFromPrograms(names: readonly (string | null)[]): void {
  for (const name of names) if (name !== null) passwordVariables.add(name.toLowerCase())
}

/**
 * The environment of every program that is run for us: without our own variables (`DEFS_*`, in any case) and without
 * those that the configuration names for a password. A program of the gate, of the scanner, of a sink or of the role
 * has no business with the passwords of sources, and what it logs may be read by others.
 */
export function childEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !/^DEFS_/i.test(name) && !passwordVariables.has(name.toLowerCase()),
  )
  return Object.fromEntries(kept)
}

/**
 * Runs a program without a shell, in a process group of its own: when its time is over the whole group is asked to
 * end, and made to a little later.
 * @throws what `spawn` reports when the program cannot be started
 */
export async function runCommand(argv: readonly string[], options: CommandOptions): Promise<Ended> {
  const [program = '', ...args] = argv
  const { cwd, timeout, signal, input = '', grace = limits.commandGrace, stdout = 0 } = options
  const env = { ...childEnvironment(options.env), ...options.variables }
  const child = spawn(program, args, { env, cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  // A program that reads nothing closes the pipe on us.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const output = keepOutput([child.stdout, child.stderr], limits.commandOutput)
  const ownOutput = keepOutput([child.stdout], stdout)
  let stopped: Ended['stopped'] = null
  let kill: NodeJS.Timeout | undefined
  const stop = (why: NonNullable<Ended['stopped']>) => {
    stopped ??= why
    signalGroup(child, 'SIGTERM')
    kill ??= setTimeout(() => signalGroup(child, 'SIGKILL'), grace)
  }
  const interrupt = () => stop('interrupted')
  // Real time even in tests: it bounds a real program.
  const clock = setTimeout(() => stop('timeout'), timeout)
  signal.addEventListener('abort', interrupt)
  try {
    const status = await endOf(child)
    // Children that ignore SIGTERM outlive a program that obeys it.
    if (stopped) signalGroup(child, 'SIGKILL')
    return { status, stopped, output: output(), stdout: ownOutput() }
  } finally {
    clearTimeout(clock)
    clearTimeout(kill)
    signal.removeEventListener('abort', interrupt)
    // A grandchild that keeps the pipe open must not keep us.
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
    // The pipes close later than the program ends when a child of it holds them: then only for a moment.
    child.once('exit', (status) => setTimeout(() => resolve(status), limits.commandDrain))
  })
}

function keepOutput(streams: readonly Readable[], most: number): () => string {
  let kept = Buffer.alloc(0)
  for (const stream of most > 0 ? streams : []) {
    stream.on('data', (bytes: Buffer) => {
      kept = Buffer.concat([kept, bytes]).subarray(-most)
    })
  }
  return () => kept.toString('utf8').trim()
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch {
    // The group has ended already.
  }
}
