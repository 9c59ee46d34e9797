import { setMaxListeners } from 'node:events'
import { DefsError, isDefsError } from '../error.ts'
import { type Environment, openEnvironment, type SignalSource } from './environment.ts'
import { exitCodeOf } from './exit-code.ts'
import { type GlobalOptions, guessGlobals } from './global-options.ts'
import type { CommandOutcome, Invocation } from './invocation.ts'
import { readCommandLine } from './program.ts'

/**
 * Runs one command line to its end and returns the exit code. The only place that catches: whatever a command
 * throws is printed here, as text or as the one JSON object. The process itself is never ended from inside.
 */
export async function main(argv: readonly string[], parts: Partial<Environment> = {}): Promise<number> {
  const environment = openEnvironment(parts)
  const broken = watchOutput(environment)
  const code = await start(argv, environment)
  // Node tells of a failed write only after it has returned.
  await new Promise((resolve) => setImmediate(resolve))
  if (broken.error === null) return code
  environment.stderr.write(`defs: the result could not be written: ${broken.error.message}\n`)
  return code === 0 || code === 100 ? exitCodeOf.STORE_IO : code
}

async function start(argv: readonly string[], environment: Environment): Promise<number> {
  let command: string | null = null
  try {
    const read = await readCommandLine(argv, environment, (name) => {
      command = name
    })
    return read === null ? 0 : await perform(read, environment, argv)
  } catch (error) {
    const globals = guessGlobals(argv)
    const { asDefsError, openConsole } = await import('./console.ts')
    const console = await openConsole(environment, globals)
    const code = console.end({ command, error: asDefsError(error) })
    return isPlugin(command, argv) ? pluginUnknown(asDefsError(error), globals, environment) : code
  }
}

function isPlugin(command: string | null, argv: readonly string[]): boolean {
  return command === 'status' && argv.includes('--nagios')
}

/** A plugin that was called wrongly, or cannot read its configuration, answers UNKNOWN on stdout, where its caller looks. */
function pluginUnknown(
  error: DefsError,
  { json }: Pick<GlobalOptions, 'json'>,
  { stdout }: Environment,
): number {
  if (!json) stdout.write(`DEFS UNKNOWN - ${plainLine(`${error.message} (${error.code})`)}\n`)
  return 3
}

function plainLine(text: string): string {
  return text.replace(/[|\r\n]+/g, ' ')
}

// Everything that prints or works is loaded only now, so that --help and --version are quick.
async function perform(
  invocation: Invocation,
  environment: Environment,
  argv: readonly string[],
): Promise<number> {
  const { command, globals } = invocation
  if (command === 'verify' || command === 'rollback' || command === 'update')
    (await import('../update/recover/ahead.ts')).expectInspection()
  const { asDefsError, openConsole } = await import('./console.ts')
  const { openSession } = await import('./session.ts')
  const { runForFamilies } = await import('./family/every-family.ts')
  const console = await openConsole(environment, globals)
  const interruption = catchSignals(environment.signals, command)
  const session = openSession(environment, globals, interruption.signal, console.listen)
  let ending: CommandOutcome
  try {
    ending = { command, result: await runForFamilies(invocation, session) }
  } catch (error) {
    ending = { command, error: interrupted(error, interruption.signal) ?? asDefsError(error) }
  } finally {
    interruption.release()
  }
  const code = console.end(ending)
  if ('result' in ending || !isPlugin(command, argv) || ending.error.code === 'INTERRUPTED') return code
  return pluginUnknown(ending.error, globals, environment)
}

// After a signal, whatever broke first broke because of it.
function interrupted(error: unknown, signal: AbortSignal): DefsError | null {
  if (!signal.aborted) return null
  if (isDefsError(signal.reason)) return isDefsError(error, 'INTERRUPTED') ? error : signal.reason
  return new DefsError('INTERRUPTED', 'interrupted', { cause: error })
}

// A reader that has seen enough (`defs list | head -1`) is no failure; a full disk behind stdout is one.
function watchOutput({ stdout, stderr }: Environment): { error: Error | null } {
  const broken: { error: Error | null } = { error: null }
  stdout.on?.('error', (error) => {
    if (!('code' in error) || error.code !== 'EPIPE') broken.error = error
  })
  stderr.on?.('error', () => undefined)
  return broken
}

/** Signals as an abort. */
export interface Interruption {
  readonly signal: AbortSignal
  /** Gives the signals back. */
  readonly release: () => void
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that nothing half-done stays behind. The second finds the
 * system's own handlers again, which end the process at once.
 * @param command what runs: to the daemon SIGHUP is a wish to reload
 */
export function catchSignals(source: SignalSource, command: string): Interruption {
  const ends = ['SIGINT', 'SIGTERM', ...(command === 'daemon' ? [] : (['SIGHUP'] as const))] as const
  const controller = new AbortController()
  // Every source of every family listens; Node would warn from the eleventh on.
  setMaxListeners(0, controller.signal)
  const release = () => {
    for (const signal of ends) source.off(signal, interrupt)
  }
  function interrupt(): void {
    release()
    controller.abort(new DefsError('INTERRUPTED', 'interrupted: nothing half-done is visible'))
  }
  for (const signal of ends) source.on(signal, interrupt)
  return { signal: controller.signal, release }
}
