import { fstatSync, statSync, writeSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'

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
export interface Environment {
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

// A number without a name and without HOME has no home (containers): then nothing lies there. Packages that look for one
// as they are loaded are told the same.
function homeOf(): string {
  // As the system's own look has it, without the part of Node.js that does it.
  if (process.platform !== 'win32' && process.env['HOME']) return process.env['HOME']
  try {
    return homedir()
  } catch {
    process.env['HOME'] = '/'
    return '/'
  }
}

/** The environment of this process, with parts replaced. */
export function openEnvironment(parts: Partial<Environment>): Environment {
  return {
    stdout: parts.stdout ?? openOutput(1, () => process.stdout),
    stderr: parts.stderr ?? openOutput(2, () => process.stderr),
    env: process.env,
    cwd: process.cwd(),
    home: homeOf(),
    uid: process.getuid?.() ?? null,
    signals: process,
    program: process.argv[1] ?? '',
    now: () => new Date(),
    systemConfig: undefined,
    ...parts,
  }
}

/**
 * Where the process prints to. A terminal is Node's own stream; a file or a pipe is written to straight, since to
 * load what stands behind that stream takes as long as a short command runs.
 * @param stream opens Node's stream, which is done only when it is needed
 * @public its test runs it in a process of its own
 */
export function openOutput(fd: 1 | 2, stream: () => NodeJS.WriteStream): Output {
  if (process.platform === 'win32' || mayBeTerminal(fd)) return stream()
  let failed: (error: Error) => void = () => undefined
  let rest: NodeJS.WriteStream | null = null
  return {
    on(_, listener) {
      failed = listener
    },
    write(text) {
      if (rest) return rest.write(text)
      const bytes = encode(text)
      let done = 0
      try {
        while (done < bytes.length) done += writeSync(fd, bytes, done)
      } catch (error) {
        if (!(error instanceof Error)) throw error
        if (!('code' in error) || error.code !== 'EAGAIN') return failed(error)
        // Somebody has made the pipe one that does not wait for its reader: only an event loop can.
        rest = stream()
        rest.on('error', failed).write(Buffer.from(bytes.subarray(done)))
      }
    },
  }
}

let room: Buffer | null = null

// Room that is used again: a long report is a hundred texts. Whoever waits for an event loop gets a copy.
function encode(text: string): Buffer {
  if (text.length * 3 > 1 << 20) return Buffer.from(text)
  if (text.length < 4096) return Buffer.from(text)
  room ??= Buffer.allocUnsafeSlow(1 << 20)
  return room.subarray(0, room.write(text))
}

function mayBeTerminal(fd: number): boolean {
  const status = fstatSync(fd)
  return status.isCharacterDevice() && status.rdev !== statSync('/dev/null').rdev
}

/** Who runs this, for the history: behind sudo the one who called it. */
export function userOf({ env, uid }: Pick<Environment, 'env' | 'uid'>): string {
  const behind = env['SUDO_USER']
  if (behind) return behind
  // Root may have gone on as the owner of the store meanwhile.
  if (uid === 0) return 'root'
  try {
    return userInfo().username
  } catch {
    // A number without a name, as in containers.
    return `uid ${uid ?? 'unknown'}`
  }
}
