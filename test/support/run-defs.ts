import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const program = join(project, 'bin', 'defs.js')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** The object printed under --json; undefined when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as the contract describes it
  readonly json: any
}

/** Starts the built program as users do. @param options `under` is a program that starts it, with its arguments */
export function startDefs(
  args: readonly string[],
  options: {
    readonly cwd?: string
    readonly env?: NodeJS.ProcessEnv
    readonly under?: readonly string[]
  } = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  if (!existsSync(join(project, 'dist', 'cli', 'run.js'))) throw new Error('npm run build comes first')
  const env = { ...process.env, NO_COLOR: '1', ...options.env }
  const [first, ...rest] = [...(options.under ?? []), process.execPath, program, ...args] as [
    string,
    ...string[],
  ]
  const child = spawn(first, rest, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd ? { cwd: options.cwd } : {}),
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      const stdout = Buffer.concat(out).toString()
      const json = args.includes('--json') ? oneObject(stdout) : undefined
      resolve({ code, signal, stdout, stderr: Buffer.concat(err).toString(), json })
    })
  })
  return { child, ended }
}

/** Runs the built program to its end. */
export function runDefs(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  return startDefs(args, options).ended
}

/** What was printed; undefined for text, and for several objects, one a line. */
export function oneObject(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
