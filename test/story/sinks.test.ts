import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventsOf } from '../support/look.ts'
import { runDefs, startDefs } from '../support/run-defs.ts'
import { type SmtpServer, startSmtpServer } from '../support/smtp-server.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let smtp: SmtpServer
/** Accepts and never answers. */
let hole: Server
beforeEach(async () => {
  vendor = await startVendor()
  smtp = await startSmtpServer({ silent: true })
  hole = createServer((socket) => socket.on('error', () => undefined).pause())
  await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await Promise.all([vendor.close(), smtp.close()])
  hole.close()
})

const waiting = (sink: string) => {
  const folder = join(vendor.store, 'state', 'spool', sink)
  return existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.json') && /^\d/.test(name))
    : []
}

function configure(...more: string[]): string {
  return vendor.configure(`events:
  sinks:
    - { kind: mail, host: 127.0.0.1, port: ${smtp.port}, tls: none, from: d@host.test, to: [admin@host.test], events: [30] }
${more.join('\n')}
`)
}

function syslog(): string {
  const address = hole.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return `    - { kind: syslog, address: 'tcp://127.0.0.1:${port}' }`
}

it('updates whatever its sinks do, and delivers the alert with a later run', async () => {
  const config = configure(syslog())
  vendor.certify({ set: '20261120.003' })
  const update = () => runDefs(['update', '--json', '--config', config])
  const first = await update()
  expect(first.json).toMatchObject({ exitCode: 0, changed: true, events: [30, 25] })
  expect(waiting('mail')).toHaveLength(1)
  expect(waiting('syslog').length).toBeGreaterThanOrEqual(2)
  expect(eventsOf(vendor.store).filter(({ name }) => name === 'sink.failing')).toHaveLength(2)

  // From here on nobody listens, which is found out at once.
  hole.close()
  smtp.behave({})
  expect((await update()).json).toMatchObject({ exitCode: 0, changed: false })
  expect(smtp.mails).toHaveLength(1)
  expect(smtp.mails[0]?.raw).toContain('Subject: LiveUpdate Completed')
  expect(waiting('mail')).toEqual([])
  expect(eventsOf(vendor.store).filter(({ name }) => name === 'sink.failing')).toHaveLength(2)
})

it('mails a refused package once: reason, path and what to do', async () => {
  smtp.behave({})
  const config = vendor.configure(`events:
  sinks:
    - { kind: mail, host: 127.0.0.1, port: ${smtp.port}, tls: none, from: d@host.test, to: [admin@host.test] }
`)
  vendor.certify({ set: '20261120.003', spoilSet: (set) => set.set('VIRSCAN1.DAT', Buffer.from('changed')) })
  const run = await runDefs(['update', '--json', '--config', config])
  expect(run.json).toMatchObject({ exitCode: 5, events: [1005, 1000] })
  const texts = smtp.mails.map(({ raw }) => raw.replaceAll('=\r\n', ''))
  expect(texts).toHaveLength(1)
  expect(texts[0]).toMatch(/^Subject: A package was refused/m)
  expect(texts[0]).toMatch(/^Reason: .*VIRSCAN1\.DAT/im)
  expect(texts[0]).toMatch(/^Path: .*VIRSCAN1\.DAT/im)
  expect(texts[0]).toMatch(/^What to do: /m)
  expect(texts[0]).not.toMatch(/^Set: /m)
  // The journal has both, and says which one tells of the same.
  const journal = readFileSync(join(vendor.store, 'state', 'events.jsonl'), 'utf8')
  expect(journal).toMatch(/"id":1000,.*"follows":"package.refused"/)
}, 60_000)

it('loses no event to a run that is killed while it delivers', async () => {
  const config = configure()
  vendor.certify({ set: '20261120.003' })
  const { child, ended } = startDefs(['update', '--config', config])
  // The mailbox hangs, so the run is in its last seconds once something waits.
  for (let tries = 0; tries < 300 && waiting('mail').length === 0; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  child.kill('SIGKILL')
  expect((await ended).signal).toBe('SIGKILL')
  smtp.behave({})
  await runDefs(['update', '--config', config])
  expect(smtp.mails.length).toBe(1)
})
