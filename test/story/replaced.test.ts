import { type ChildProcess, spawn } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FleetSite, openFleetSite } from '../fleet/fleet-site.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { freePort } from '../support/real-servers.ts'
import { program, runDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

const project = dirname(dirname(program))
let vendor: Vendor
let installed: string
let running: ChildProcess | undefined
beforeEach(async () => {
  vendor = await startVendor()
  installed = join(vendor.directory, 'installed')
  mkdirSync(join(installed, 'dist'), { recursive: true })
  cpSync(join(project, 'bin'), join(installed, 'bin'), { recursive: true })
  cpSync(join(project, 'dist', 'bundle'), join(installed, 'dist', 'bundle'), { recursive: true })
  cpSync(join(project, 'package.json'), join(installed, 'package.json'))
  symlinkSync(join(project, 'node_modules'), join(installed, 'node_modules'))
})
afterEach(async () => {
  running?.kill('SIGKILL')
  await vendor.close()
})

const events = () => eventsOf(vendor.store).map(({ id }) => id)
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 45_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`in vain; events: ${JSON.stringify(events())}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A command of the copy. */
function start(argv: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(installed, 'bin', 'defs.js'), ...argv], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: 'ignore',
  })
  running = child
  return { child, ended: new Promise((resolve) => child.on('close', resolve)) }
}

/** A daemon of the copy, its schedule paused: it has loaded what it starts with, and no update yet. */
async function startPaused(env: NodeJS.ProcessEnv) {
  vendor.certify({ set: '20261120.003' })
  const config = vendor.configure("schedule: [{ source: liveupdate, cron: '* * * * *' }]\n")
  expect((await runDefs(['schedule', 'pause', '--config', config])).code).toBe(0)
  const { child, ended } = start(['daemon', '--config', config], env)
  // Written after its first check.
  const status = join(vendor.store, 'status.json')
  await until(() => JSON.parse(readFileSync(status, 'utf8')).startedAt !== null)
  return { child, ended, config }
}

/** What an upgrade does: the files have other names, for they are named by what they hold. */
function upgrade(): void {
  const folder = join(installed, 'dist', 'bundle')
  const next = join(installed, 'next')
  mkdirSync(next)
  const renamed = (name: string) => name.replace(/-[\w-]{8}\.js/, '-NEWNEWNE.js')
  for (const name of readdirSync(folder).filter((one) => !one.endsWith('.cache')))
    writeFileSync(join(next, renamed(name)), readFileSync(join(folder, name)))
  appendFileSync(join(next, 'run.js'), '\n// new')
  renameSync(folder, join(installed, 'old'))
  renameSync(next, folder)
}

describe('a daemon whose program was replaced', () => {
  it('says so and ends for systemd to start it anew, before a run could fail for want of its files', async () => {
    const { ended, config } = await startPaused({ NOTIFY_SOCKET: join(vendor.directory, 'nobody') })
    upgrade()
    expect((await runDefs(['schedule', 'resume', '--config', config])).code).toBe(0)
    expect(await ended).toBe(130)
    expect(events().filter((id) => id !== 1034 && id !== 1035)).toEqual([1070, 1078, 1071])
    expect(existsSync(join(vendor.store, 'state', 'daemon.json'))).toBe(false)
    expect(lookAt(vendor.store)).toMatchObject({ current: undefined, leftovers: [] })
  }, 90_000)

  it('says so and goes on where nobody would start it anew', async () => {
    const { child, ended } = await startPaused({ NOTIFY_SOCKET: '' })
    upgrade()
    await until(() => events().includes(1078))
    const journal = readFileSync(join(vendor.store, 'state', 'events.jsonl'), 'utf8')
    expect(journal).toContain('restart the daemon, which goes on')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  }, 90_000)
})

describe('a server whose program was replaced', () => {
  async function startServer(env: NodeJS.ProcessEnv) {
    const port = String(await freePort())
    const root = join(vendor.directory, 'tree')
    mkdirSync(root)
    writeFileSync(join(root, 'file'), 'served')
    const config = vendor.configure()
    // Events are kept where there is a store.
    vendor.certify({ set: '20261120.003' })
    expect((await runDefs(['update', '--config', config])).code).toBe(0)
    const served = start(['serve', '--root', root, '--port', port, '--config', config], env)
    const ask = () => fetch(`http://127.0.0.1:${port}/file`).then((answer) => answer.text())
    await until(async () => (await ask().catch(() => '')) === 'served')
    return { ...served, ask }
  }

  it('ends for systemd to start it anew', async () => {
    const { ended } = await startServer({ NOTIFY_SOCKET: join(vendor.directory, 'nobody') })
    upgrade()
    expect(await ended).toBe(130)
    expect(events()).toEqual([30, 25, 1078])
  }, 90_000)

  it('says so and serves on where nobody would start it anew', async () => {
    const { child, ended, ask } = await startServer({ NOTIFY_SOCKET: '' })
    upgrade()
    await until(() => events().includes(1078))
    expect(await ask()).toBe('served')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  }, 90_000)
})

describe('a controller whose program was replaced', () => {
  let site: FleetSite
  beforeEach(async () => {
    site = await openFleetSite(['{ name: broad, channel: broad, minimum: 1 }'])
    await site.defs('fleet', 'init')
  }, 60_000)
  afterEach(() => site.close())

  it.each([
    ['ends for systemd to start it anew', 'nobody', 130],
    ['says so and goes on where nobody would start it anew', '', 0],
  ])(
    '%s',
    async (_, socket, code) => {
      const env = { NOTIFY_SOCKET: socket, DEFS_KEYS_PASSPHRASE: 'correct horse' }
      const { child, ended } = start(['fleet', 'run', '--config', site.publisherConfig()], env)
      await until(() => existsSync(join(site.root, 'tree.state', 'fleet', 'controller.json')))
      upgrade()
      await until(() => site.ids().includes(1078))
      if (code === 0) child.kill('SIGTERM')
      expect(await ended).toBe(code)
    },
    90_000,
  )
})
