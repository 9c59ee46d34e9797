import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { program } from './site.mjs'

const run = promisify(execFile)
const product = "product: 'SMSMSE Virus Definitions', version: '6.5', language: symalllanguages"

/** Real machines of a fleet: each has a store and a key of its own, and runs `defs daemon` in a process of its own. */
export class Machines {
  #own = new Map()
  #running = new Map()

  constructor(site, names) {
    this.site = site
    this.names = names
  }

  /** What a machine has beyond what all have: labels, a set its gate refuses, another tree, days its clock is off. */
  settings(name, own) {
    this.#own.set(name, { ...this.#own.get(name), ...own })
  }

  /** Makes keys, has them admitted and writes their tokens, as an administrator would. */
  async join() {
    for (const name of this.names) {
      const { host, key } = await this.must(name, 'fleet', 'join')
      await this.site.must('fleet', 'admit', host, key)
      await this.site.must('fleet', 'credentials', host, '--out', join(this.site.root, `${name}.jwt`))
    }
  }

  /** One command on one machine. @returns its JSON, whatever its exit code */
  async defs(name, ...args) {
    const argv = [program, ...args, '--json', '--config', this.#configOf(name)]
    const ended = await run(process.execPath, argv, { env: this.#envOf(name) }).catch((error) => error)
    if (!ended.stdout?.trim()) throw new Error(`${name}: ${args.join(' ')}: ${ended.stderr ?? ended.message}`)
    return JSON.parse(ended.stdout)
  }

  async must(name, ...args) {
    const answer = await this.defs(name, ...args)
    if (answer.exitCode !== 0) throw new Error(`${name}: ${args.join(' ')}: ${JSON.stringify(answer)}`)
    return answer
  }

  start(names = this.names) {
    for (const name of names) {
      const argv = [program, 'daemon', '--quiet', '--config', this.#configOf(name)]
      const child = spawn(process.execPath, argv, {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: this.#envOf(name),
      })
      const machine = { child, said: '', ended: new Promise((resolve) => child.once('exit', resolve)) }
      child.stderr.on('data', (text) => {
        machine.said = (machine.said + text).slice(-2000)
      })
      this.#running.set(name, machine)
    }
  }

  async stop(names = this.names) {
    await Promise.all(
      names.map(async (name) => {
        const machine = this.#running.get(name)
        this.#running.delete(name)
        if (!machine || machine.child.exitCode !== null) return
        machine.child.kill('SIGTERM')
        await machine.ended
      }),
    )
  }

  /** What the daemons said of warnings and errors. */
  said() {
    return [...this.#running].map(([name, { said }]) => said && `${name}: ${said}`).join('')
  }

  storeOf = (name) => join(this.site.root, 'hosts', name)

  /** The set that is live on a machine; null when there is none. */
  live(name) {
    try {
      return readlinkSync(join(this.storeOf(name), 'VirusDefs', 'current'))
    } catch {
      return null
    }
  }

  have = (set, names = this.names) => names.filter((name) => this.live(name) === set)

  /** One digest of all that machines have in their definitions: names, links and bytes. */
  digest(names) {
    const hash = createHash('sha256')
    for (const name of names) {
      const root = join(this.storeOf(name), 'VirusDefs')
      const entries = readdirSync(root, { withFileTypes: true, recursive: true })
      for (const entry of entries.toSorted((one, other) => (path(one) < path(other) ? -1 : 1))) {
        hash.update(path(entry))
        if (entry.isSymbolicLink()) hash.update(readlinkSync(path(entry)))
        else if (entry.isFile()) hash.update(readFileSync(path(entry)))
      }
    }
    return hash.digest('hex')
  }

  #envOf(name) {
    const days = this.#own.get(name)?.days ?? 0
    return days === 0 ? process.env : { ...process.env, NODE_OPTIONS: `--import=${clock(days)}` }
  }

  #configOf(name) {
    const { root, nginx, bus } = this.site
    const own = this.#own.get(name) ?? {}
    const file = join(root, `${name}.yaml`)
    mkdirSync(join(root, 'hosts'), { recursive: true })
    const labels = own.labels === undefined ? '' : `, labels: ${own.labels}`
    const lines = [
      `store: { root: '${this.storeOf(name)}', keep: 4 }`,
      `trust: { anchors: ['${join(root, 'keys/trust/guard-root.pem')}'], tufRoot: '${join(root, 'keys/trust/root.json')}' }`,
      'default: internal',
      'fallback: [vendor]',
      'sources:',
      `  internal: { kind: internal, channel: auto, hosts: ['${own.tree ?? `http://127.0.0.1:${nginx.port}`}'], ${product} }`,
      `  vendor: { kind: internal, channel: intake, hosts: ['${join(root, 'vendor')}'], ${product} }`,
      "schedule: [{ source: internal, cron: '0 0 1 1 *' }]",
      `fleet: { name: f1, host: ${own.host ?? name}, bus: ${bus(`${own.host ?? name}.jwt`)}${labels} }`,
      ...(own.refuses === undefined ? [] : [`gate: { command: ['${this.#refuser(name, own.refuses)}'] }`]),
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    return file
  }

  #refuser(name, set) {
    const path = join(this.site.root, `${name}-gate.sh`)
    writeFileSync(path, `#!/bin/sh\n[ "$DEFS_SET" = ${set} ] && { echo no; exit 1; }\nexit 0\n`)
    chmodSync(path, 0o755)
    return path
  }
}

const path = (entry) => join(entry.parentPath, entry.name)

/** A module that sets the clock of a process off by so many days. */
function clock(days) {
  const text = `const Real = Date, off = ${days * 86_400_000}
globalThis.Date = class extends Real {
  constructor(...args) { args.length === 0 ? super(Real.now() + off) : super(...args) }
  static now() { return Real.now() + off }
}`
  return `data:text/javascript,${encodeURIComponent(text)}`
}
