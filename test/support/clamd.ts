import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const project = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Where Debian has the daemon; null when it is not installed. */
export const clamdProgram =
  ['/usr/sbin/clamd', '/usr/bin/clamd', '/usr/local/sbin/clamd'].find((path) => existsSync(path)) ?? null

const shared = process.env['DEFS_VECTORS'] ?? join(project, '..', 'shared', 'vectors')

/** The folder with genuine databases `test-1.cvd` to `test-4.cvd`; null when it is not there. */
export const clamavVectors = existsSync(join(shared, 'clamav', 'test-4.cvd')) ? join(shared, 'clamav') : null

/** A genuine database, to lie in a set as `daily.cvd`. */
export const testDatabase = (version: 1 | 2 | 3 | 4): Buffer =>
  readFileSync(join(clamavVectors ?? '', `test-${version}.cvd`))

export interface ClamdOptions {
  /** A folder of its own for configuration, socket and log; made when missing. */
  readonly directory: string
  /** `DatabaseDirectory`: `<store>/VirusDefs/current`, or any folder with databases. */
  readonly databases: string
  /** `ConcurrentDatabaseReload`; default true. */
  readonly concurrent?: boolean
  /** Further lines of the configuration. */
  readonly config?: readonly string[]
}

/** A real clamd of a test's own. */
export interface Clamd {
  readonly socket: string
  readonly configuration: string
  readonly logFile: string
  /** What it has logged so far. */
  log(): string
  /** Sends one command (`VERSION`, `PING`, `RELOAD`...) and resolves to the line it answers. */
  ask(command: string): Promise<string>
  /** Has these bytes scanned; resolves to the answer: `stream: OK`, `stream: Name FOUND`. */
  scan(bytes: Uint8Array): Promise<string>
  /** A command that starts it anew, whoever runs it; {@link Clamd.stop} ends that one, too. */
  readonly restart: readonly string[]
  readonly running: () => boolean
  /** Starts it (again) and resolves when it answers. */
  start(): Promise<void>
  /** Ends it, by its process id, and waits until it has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Prepares a real clamd on a Unix socket; `start` starts it and waits until it answers, at most 30 seconds. */
export function makeClamd({ directory, databases, concurrent = true, config = [] }: ClamdOptions): Clamd {
  mkdirSync(directory, { recursive: true })
  const socket = join(directory, 'clamd.sock')
  const configuration = join(directory, 'clamd.conf')
  const logFile = join(directory, 'clamd.log')
  const pidFile = join(directory, 'clamd.pid')
  const restart = join(directory, 'restart.sh')
  const output = join(directory, 'restart.log')
  const lines = [
    `LocalSocket ${socket}`,
    `DatabaseDirectory ${databases}`,
    `LogFile ${logFile}`,
    `PidFile ${pidFile}`,
    `TemporaryDirectory ${directory}`,
    'Foreground yes',
    'FixStaleSocket yes',
    'SelfCheck 0',
    `ConcurrentDatabaseReload ${concurrent ? 'yes' : 'no'}`,
    // Without it a reload that is not concurrent waits 30 s for the threads of earlier scans.
    'IdleTimeout 1',
    // Not by root, nobody may be named.
    ...(process.getuid?.() === 0 ? ['User root'] : []),
    ...config,
  ]
  writeFileSync(configuration, `${lines.join('\n')}\n`)
  // One that was killed may hold the lock of its log for a moment, and the next ends with 1 over it.
  const command = `'${clamdProgram}' --config-file '${configuration}' </dev/null >>'${output}' 2>&1`
  const tries = `for try in 1 2 3 4 5; do ${command}; [ $? = 1 ] || break; sleep 0.3; done`
  writeFileSync(
    restart,
    `kill -9 $(cat '${pidFile}') 2>/dev/null\nrm -f '${socket}'\n(${tries}) </dev/null >/dev/null 2>&1 &\n`,
  )
  let child: ChildProcess | null = null
  const running = () => child !== null && child.exitCode === null && child.signalCode === null

  // One that `restart` started is no child of ours; its process id counts only while it is that clamd.
  function adopted(): number | null {
    const pid = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim() : ''
    const line = `/proc/${pid}/cmdline`
    if (!/^\d+$/.test(pid) || !existsSync(line)) return null
    return readFileSync(line, 'latin1').includes(configuration) ? Number(pid) : null
  }

  async function stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const stray = running() ? null : adopted()
    if (stray !== null) process.kill(stray, 'SIGKILL')
    for (const end = Date.now() + 5000; stray !== null && adopted() !== null && Date.now() < end; )
      await pause(20)
    const one = child
    if (one === null || !running()) return
    const ended = new Promise((resolve) => one.once('exit', resolve))
    one.kill(signal)
    const clock = setTimeout(() => one.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(clock)
  }

  async function start(): Promise<void> {
    rmSync(socket, { force: true })
    child = spawn(clamdProgram ?? 'clamd', ['--config-file', configuration], { stdio: 'ignore' })
    child.once('error', () => undefined)
    for (const end = Date.now() + 30_000; Date.now() < end; await pause(50)) {
      if ((await askSocket(socket, 'PING').catch(() => '')) === 'PONG') return
      if (!running()) break
    }
    await stop()
    throw new Error(`clamd does not start: ${log()}`)
  }

  function log(): string {
    return existsSync(logFile) ? readFileSync(logFile, 'utf8') : ''
  }

  function withLog(cause: unknown): never {
    const said = [logFile, output].map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : ''))
    throw new Error(`${String(cause)}; it said: ${said.join('\n').slice(-2000)}`, { cause })
  }

  return {
    socket,
    configuration,
    logFile,
    restart: ['/bin/sh', restart],
    log,
    ask: (command) => askSocket(socket, command).catch(withLog),
    scan: (bytes) => askSocket(socket, 'INSTREAM', bytes),
    running,
    start,
    stop,
  }
}

/** One command over a connection of its own, bounded to ten seconds. */
function askSocket(socket: string, command: string, stream?: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket)
    const answer: Buffer[] = []
    const clock = setTimeout(() => connection.destroy(new Error(`no answer to ${command}`)), 10_000)
    connection.on('connect', () => {
      connection.write(`z${command}\0`)
      if (stream) connection.write(Buffer.concat([lengthOf(stream.length), stream, lengthOf(0)]))
    })
    connection.on('data', (bytes: Buffer) => answer.push(bytes))
    connection.on('error', reject)
    connection.on('close', () => {
      clearTimeout(clock)
      resolve(Buffer.concat(answer).toString().replaceAll('\0', '').trim())
    })
  })
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes)
  return length
}
