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
import { eventsOf, lookAt } from '../support/look.ts'
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
async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 45_000
  while (!holds()) {
    if (Date.now() > end) throw new Error(`in vain; events: ${JSON.stringify(events())}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A daemon of the copy, its schedule paused: it has loaded what it starts with, and no update yet. */
async function startPaused(env: NodeJS.ProcessEnv) {
  vendor.certify({ set: '20261120.003' })
  const config = vendor.configure("schedule: [{ source: liveupdate, cron: '* * * * *' }]\n")
  expect((await runDefs(['schedule', 'pause', '--config', config])).code).toBe(0)
  const child = spawn(process.execPath, [join(installed, 'bin', 'defs.js'), 'daemon', '--config', config], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: 'ignore',
  })
  running = child
  const ended = new Promise((resolve) => child.on('close', resolve))
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
