import { execFile, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { writeCorpus } from '../corpus.mjs'
import { startNginx, stop, withSbin } from '../vendor.mjs'

/** What docs/fleet.md tells to give a server of ten thousand hosts; `GOMEMLIMIT=off` shows what it takes without. */
export const serverMemory = process.env.GOMEMLIMIT ?? '540MiB'

export const program = join(import.meta.dirname, '..', '..', 'bin', 'defs.js')

/** Resident memory of a process now and at its highest, in MB (10^6 bytes). */
export function memoryOf(pid) {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  const of = (key) => Math.round((Number(new RegExp(`${key}:\\s+(\\d+)`).exec(text)?.[1] ?? 0) * 1024) / 1e6)
  return { now: of('VmRSS'), most: of('VmHWM') }
}

/** Seconds of CPU that a process has used. */
export function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/**
 * A publisher with a real controller, a real nats-server as `fleet init` configures it, and a tree behind nginx; all
 * of it by the commands.
 * @param rings lines of `fleet.rings`
 * @param more further lines below `fleet:`
 * @param tls by default without: on loopback the handshakes of ten thousand hosts would be measured
 */
export async function openSite(root, { rings, more = [], tls = false }) {
  const at = (...names) => join(root, ...names)
  mkdirSync(at('nginx'), { recursive: true })
  mkdirSync(at('tree'))
  const port = await freePort()
  const config = at('publisher.yaml')
  const authority = tls ? `, ca: '${at('ca.pem')}'` : ''
  const bus = (credentials) =>
    `{ servers: ['${tls ? 'tls' : 'nats'}://127.0.0.1:${port}'], credentials: '${at(credentials)}'${authority} }`
  const configure = (further) =>
    writeFileSync(
      config,
      [
        `store: { root: '${at('publisher')}' }`,
        `publish: { root: '${at('tree')}', keys: '${at('keys')}', incremental: 0, keep: 50 }`,
        'fleet:',
        ...['name: f1', `bus: ${bus('controller.creds')}`, 'spread: 0s', ...more, ...further, 'rings:'].map(
          (line) => `  ${line}`,
        ),
        ...rings.map((ring) => `    - ${ring}`),
        '',
      ].join('\n'),
    )
  configure([])
  const run = promisify(execFile)

  async function defs(...args) {
    const argv = [program, ...args, '--json', '--config', config]
    const ended = await run(process.execPath, argv, { maxBuffer: 1 << 28 }).catch((error) => error)
    const text = ended.stdout?.trim() ?? ''
    if (text === '') throw new Error(`${args.join(' ')}: ${ended.stderr ?? ended.message}`)
    return JSON.parse(text)
  }

  const must = async (...args) => {
    const answer = await defs(...args)
    if (answer.exitCode !== 0) throw new Error(`${args.join(' ')}: ${JSON.stringify(answer)}`)
    return answer
  }

  const site = {
    root,
    port,
    bus,
    /** Writes the configuration anew, with further lines below `fleet:`. */
    configure,
    tree: at('tree'),
    state: at('tree.state', 'fleet'),
    defs,
    must,
    events: [],
    controller: null,
    server: null,
    nginx: null,
    /** Publishes a set to the intake, without telling anybody. */
    async publish(set) {
      const folder = at('own')
      rmSync(folder, { recursive: true, force: true })
      // What a host once refused it refuses under every name: each set has contents of its own.
      writeCorpus(folder, 50_000, Number(set.slice(6).replace('.', '')) % 251)
      await must('publish', set, '--from', folder, '--channel', 'intake', '--new')
    },
    async startServer() {
      site.server = spawn('nats-server', ['-c', join(site.state, 'nats-server.conf')], {
        stdio: 'ignore',
        env: { ...withSbin(), GOMEMLIMIT: serverMemory },
      })
      await whenListening(port, site.server)
    },
    async killServer() {
      const ended = new Promise((resolve) => site.server.once('exit', resolve))
      site.server.kill('SIGKILL')
      await ended
    },
    controllerLine: [program, 'fleet', 'run', '--json', '--config', config],
    /** Starts the program `defs fleet run`; what it tells comes with the moment at which it was read. */
    startController() {
      const child = spawn(process.execPath, site.controllerLine, { stdio: ['ignore', 'pipe', 'pipe'] })
      site.controller = child
      site.said = ''
      child.stderr.on('data', (text) => {
        site.said = (site.said + text).slice(-4000)
      })
      createInterface(child.stdout).on('line', (line) => {
        const event = JSON.parse(line)
        site.events.push({ ...event, seen: performance.now() })
      })
    },
    async stopController() {
      if (site.controller) await stop(site.controller)
      site.controller = null
    },
    /** The first event with this number, and with these facts, from a moment on. */
    async heard(id, facts = {}, { since = 0, within = 60 } = {}) {
      const until = performance.now() + within * 1000
      for (;;) {
        const found = site.events.find(
          (event) =>
            event.id === id &&
            event.seen >= since &&
            Object.entries(facts).every(([key, value]) => event[key] === value),
        )
        if (found) return found
        if (performance.now() > until)
          throw new Error(`no event ${id} ${JSON.stringify(facts)}\n${site.said}`)
        await setTimeout(5)
      }
    },
    count: (id, since = 0) => site.events.filter((event) => event.id === id && event.seen >= since).length,
    async close() {
      await site.stopController()
      if (site.server) await stop(site.server)
      if (site.nginx) await site.nginx.stop()
    },
  }
  await must('keys', 'init', '--unencrypted')
  await must('fleet', 'init')
  await site.startServer()
  site.nginx = await startNginx(at('tree'), at('nginx'))
  return site
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

async function whenListening(port, child) {
  const { connect } = await import('node:net')
  for (let tries = 0; tries < 400; tries++) {
    if (child.exitCode !== null) throw new Error('nats-server ended at once')
    const open = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => resolve(false))
      socket.on('data', () => socket.destroy() && resolve(true))
    })
    if (open) return
    await setTimeout(25)
  }
  throw new Error('nats-server does not listen')
}
