import { homedir } from 'node:os'
import { openOutput } from './output.ts'

/** A stream that is printed to. */
export interface Output {
  write(text: string): unknown
  on?(event: 'error', listener: (error: Error) => void): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Whoever delivers signals: the process. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown
  off(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown
}

/** Everything a command line finds around it; the real one unless a test says otherwise. */
export interface World {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  /** Null where the system has no such numbers (Windows). */
  readonly uid: number | null
  readonly signals: SignalSource
  /** The file that Node was told to run, for commands that run another one. */
  readonly program: string
  readonly now: () => Date
  /** Folder of the system's configuration; undefined for the usual one. */
  readonly systemConfig: string | undefined
}

/** The world of this process, with parts replaced. */
export function openWorld(parts: Partial<World>): World {
  return {
    stdout: parts.stdout ?? openOutput(1, () => process.stdout),
    stderr: parts.stderr ?? openOutput(2, () => process.stderr),
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    uid: process.getuid?.() ?? null,
    signals: process,
    program: process.argv[1] ?? '',
    now: () => new Date(),
    systemConfig: undefined,
    ...parts,
  }
}
