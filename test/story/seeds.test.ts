import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventsOf } from '../support/look.ts'
import { runDefs, startDefs } from '../support/run-defs.ts'
import { type SmtpServer, startSmtpServer } from '../support/smtp-server.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let smtp: SmtpServer
let running: ReturnType<typeof startDefs>[] = []
beforeEach(async () => {
  vendor = await startVendor()
  smtp = await startSmtpServer({})
})
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL')
  await Promise.all(running.map(({ ended }) => ended))
  running = []
  await Promise.all([vendor.close(), smtp.close()])
})

const subjects = () => smtp.mails.map(({ raw }) => /^Subject: (.*)$/m.exec(raw)?.[1]?.trim())

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + 30_000
  while (!holds()) {
    if (Date.now() > end) throw new Error(`in vain; ${JSON.stringify([subjects(), eventsOf(vendor.store)])}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function daemon(config: string): ReturnType<typeof startDefs> {
  const started = startDefs(['daemon', '--config', config])
  running.push(started)
  return started
}

it('the life of a daemon is told of by mail and status: start, change, stop, crash', async () => {
  const mail = `{ kind: mail, host: 127.0.0.1, port: ${smtp.port}, tls: none, from: 'Updates <d@host.test>', to: [a@host.test] }`
  const config = vendor.configure(`schedule: []\nevents: { sinks: [${mail}] }\n`)
  const first = daemon(config)
  await until(() => subjects().includes('Application Start'))
  expect(smtp.mails[0]?.raw).toMatch(/^From: "?Updates"? <d@host\.test>$/m)
  expect(smtp.mails[0]?.raw).toContain('The application has been started.')
  const { json } = await runDefs(['status', '--json', '--config', config])
  expect(json).toMatchObject({ product: { name: 'SMSMSE', version: '6.5.8' }, version: expect.any(String) })
  expect(json.uptime).toBeGreaterThan(0)
  expect(Date.now() - Date.parse(json.startedAt)).toBeGreaterThan(0)
  expect(json.certificates).toMatchObject([{ use: 'anchor', ends: expect.stringMatching(/^20/) }])

  writeFileSync(config, `${readFileSync(config, 'utf8')}retry: { every: 20m }\n`)
  first.child.kill('SIGHUP')
  await until(() => subjects().includes('Configuration Change'))
  const changed = eventsOf(vendor.store).find(({ name }) => name === 'configuration.reloaded')
  expect(changed).toMatchObject({ object: config, change: 'retry.every', from: 'local' })

  first.child.kill('SIGKILL')
  await first.ended
  const second = daemon(config)
  await until(() => subjects().includes('Application Start after Crash'))
  const busy = await runDefs(['daemon', '--json', '--config', config])
  expect(busy.json).toMatchObject({ exitCode: 10 })
  second.child.kill('SIGTERM')
  expect((await second.ended).code).toBe(0)
  await until(() => subjects().includes('Application Stop'))
  const actions = (await runDefs(['report', '--json', '--config', config])).json.entries.map(
    ({ action }: { action: string }) => action,
  )
  for (const action of ['Service started', 'Service start failed', 'Service stopped', 'Object modified']) {
    expect(actions).toContain(action)
  }
  daemon(config)
  await until(() => eventsOf(vendor.store).filter(({ name }) => name === 'daemon.started').length === 3)
  expect(eventsOf(vendor.store).filter(({ name }) => name === 'daemon.started-after-crash')).toHaveLength(1)
})

it('a store on Windows 2008 is the shared one where an endpoint product is there', async () => {
  vendor.certify({ set: '20261120.003' })
  const text = readFileSync(vendor.configure(), 'utf8').replace(
    /^store: .*$/m,
    `store: { root: ${vendor.store}, layout: windows-2008 }`,
  )
  const config = join(vendor.directory, 'windows.yaml')
  writeFileSync(config, text)
  const definitions = join(vendor.store, 'ProgramData', 'Symantec', 'Definitions')
  expect((await runDefs(['update', '--json', '--config', config])).json).toMatchObject({
    exitCode: 0,
    changed: true,
  })
  expect(existsSync(join(definitions, 'SymcData', 'virusdefs32', '20261120.003', 'v.grd'))).toBe(true)
  expect(existsSync(join(definitions, 'VirusDefs'))).toBe(false)
})
