import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'

const program = ['/usr/sbin/nats-server', '/usr/bin/nats-server', '/usr/local/bin/nats-server'].find((path) =>
  existsSync(path),
)

/** Whether Debian's nats-server is here: suites that need it are skipped without it. */
export const hasNats = program !== undefined

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** A real nats-server over one configuration file; it can be killed and started again. */
export class NatsServer {
  private child: ChildProcess | null = null
  readonly configuration: string
  readonly port: number

  constructor(configuration: string, port: number) {
    this.configuration = configuration
    this.port = port
  }

  async start(): Promise<void> {
    const child = spawn(program ?? 'nats-server', ['-c', this.configuration], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.child = child
    let log = ''
    child.stderr?.on('data', (bytes: Buffer) => {
      log = (log + bytes.toString()).slice(-4000)
    })
    for (let tried = 0; tried < 200; tried++) {
      if (child.exitCode !== null) throw new Error(`nats-server ended: ${log}`)
      if (await answers(this.port)) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`nats-server does not answer: ${log}`)
  }

  /** Ends it at once, as a power cut would. */
  async kill(): Promise<void> {
    await this.end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM')
  }

  get pid(): number {
    return this.child?.pid ?? 0
  }

  /** Resident memory. Bytes. */
  memory(): number {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1]
    return Number(kib ?? 0) * 1024
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.child
    this.child = null
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const done = (result: boolean) => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(1000, () => done(false))
    socket.on('error', () => done(false))
    socket.on('data', (bytes) => done(bytes.toString().startsWith('INFO')))
  })
}

/** A certificate for 127.0.0.1, its own authority. */
export function selfSigned(folder: string): { certificate: string; key: string } {
  const certificate = `${folder}/server.pem`
  const key = `${folder}/server.key`
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...[
        '-subj',
        '/CN=127.0.0.1',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        key,
        '-out',
        certificate,
      ],
    ],
    { stdio: 'ignore' },
  )
  return { certificate, key }
}
