import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const found = [...(process.env['PATH'] ?? '').split(':'), '/usr/bin']
  .map((folder) => join(folder, 'suricata'))
  .find((path) => existsSync(path))

/** Debian's Suricata, which listens on the loopback interface and needs root for that; null when it cannot run here. */
export const suricataProgram = found !== undefined && process.getuid?.() === 0 ? found : null

/** A real Suricata of a test's own. */
export interface Suricata {
  readonly socket: string
  readonly configuration: string
  /** Starts it, and resolves once it has loaded its rules. */
  start(): Promise<void>
  /** Ends it, by its process id, and waits until it has ended. */
  stop(): Promise<void>
}

/** Prepares a Suricata that loads these files; patterns are allowed. */
export function makeSuricata(directory: string, ruleFiles: readonly string[]): Suricata {
  mkdirSync(directory, { recursive: true })
  const socket = join(directory, 'command.socket')
  const configuration = join(directory, 'suricata.yaml')
  writeFileSync(join(directory, 'empty.config'), '')
  const lines = [
    '%YAML 1.1',
    '---',
    'vars: { address-groups: { HOME_NET: any }, port-groups: { HTTP_PORTS: "80" } }',
    `default-rule-path: ${directory}`,
    `rule-files: [${ruleFiles.map((file) => `'${file}'`).join(', ')}]`,
    `classification-file: ${directory}/empty.config`,
    `reference-config-file: ${directory}/empty.config`,
    `threshold-file: ${directory}/empty.config`,
    `default-log-dir: ${directory}`,
    `unix-command: { enabled: yes, filename: '${socket}' }`,
    'af-packet: [{ interface: lo, threads: 1, cluster-id: 99 }]',
    'app-layer: { protocols: { http: { enabled: yes } } }',
  ]
  writeFileSync(configuration, `${lines.join('\n')}\n`)
  let child: ChildProcess | null = null

  async function stop(): Promise<void> {
    const ending = child
    child = null
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill('SIGKILL')
    await ended
  }

  return {
    socket,
    configuration,
    stop,
    async start() {
      rmSync(socket, { force: true })
      // In a network of its own: what other tests send over loopback is not its to look at.
      const apart = ['-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']
      const argv = [suricataProgram ?? 'suricata', '-c', configuration, '--af-packet=lo']
      child = spawn('unshare', [...apart, ...argv], { stdio: 'ignore' })
      // The socket is there once the rules are loaded.
      for (let waited = 0; !existsSync(socket); waited += 1) {
        if (waited > 300 || child.exitCode !== null) throw new Error('suricata does not start')
        await pause(100)
      }
    },
  }
}

/** Whether Suricata takes these rules: its own test of a configuration, warnings and all. */
export function loadsInSuricata(
  directory: string,
  rules: string,
): { readonly status: number; readonly said: string } {
  const configuration = makeSuricata(directory, ['test.rules']).configuration
  writeFileSync(join(directory, 'test.rules'), rules)
  try {
    const said = execFileSync(
      suricataProgram ?? 'suricata',
      ['-T', '-v', '-c', configuration, '-l', directory],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 30_000,
      },
    )
    return { status: 0, said }
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string }
    return { status, said: `${stdout}${stderr}` }
  }
}
