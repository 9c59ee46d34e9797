import { readFileSync } from 'node:fs'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { createServer as createTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readAuthorities } from '../../../src/disk/authorities.ts'
import { openMail } from '../../../src/event/sink/mail.ts'
import { defaultBody, defaultSubject } from '../../../src/event/sink/mail-text.ts'
import { openSyslog } from '../../../src/event/sink/syslog.ts'
import { openWebhook } from '../../../src/event/sink/webhook.ts'
import { openTransport } from '../../../src/transport/open-transport.ts'
import { startFtpServer } from '../../support/ftp-server.ts'
import { reachWith } from '../../support/reach.ts'
import { startSmtpServer } from '../../support/smtp-server.ts'
import { common, eventAt, type Folder, makeCertificate, makeFolder, never, world } from './world.ts'

let folder: Folder
let files: { certificate: string; key: string }
let identity: { cert: string; key: string }
const closes: (() => unknown)[] = []
const before = { file: process.env['SSL_CERT_FILE'], extra: process.env['NODE_EXTRA_CA_CERTS'] }

// Before anything is read, which is once a process: an authority that the list of Node.js does not know.
beforeAll(() => {
  folder = makeFolder()
  files = makeCertificate(folder.path)
  identity = { cert: readFileSync(files.certificate, 'utf8'), key: readFileSync(files.key, 'utf8') }
  delete process.env['NODE_EXTRA_CA_CERTS']
  process.env['SSL_CERT_FILE'] = files.certificate
})
afterEach(() => {
  for (const close of closes.splice(0)) close()
})
afterAll(() => {
  folder.remove()
  for (const [name, value] of [
    ['SSL_CERT_FILE', before.file],
    ['NODE_EXTRA_CA_CERTS', before.extra],
  ] as const) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
})

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closes.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const login = { username: null, authorities: null }

describe('an authority of the machine is believed by', () => {
  it('a webhook', async () => {
    const bodies: string[] = []
    const server = createHttps(identity, (request, response) => {
      request.on('data', (piece: Buffer) => bodies.push(piece.toString()))
      request.on('end', () => response.end('x'))
    })
    const url = `https://localhost:${await portOf(server)}/`
    const none = { file: null, variable: null }
    const config = {
      kind: 'webhook',
      ...common,
      url,
      ...login,
      password: null,
      secret: none,
      retries: 0,
    } as const
    const sink = openWebhook(config, world)
    await sink.deliver([eventAt(0)], never)
    expect(bodies.join('')).toContain('"name":"update.failed"')
  })

  it('mail', async () => {
    const server = await startSmtpServer({ tls: files, implicit: true })
    closes.push(() => server.close())
    const none = { file: null, variable: null }
    const texts = { subject: defaultSubject, body: defaultBody }
    const address = {
      host: 'localhost',
      port: server.port,
      from: { name: '', address: 'a@host.test' },
      to: ['b@host.test'],
    }
    const sink = openMail(
      { kind: 'mail', ...common, ...address, ...texts, ...login, tls: 'tls', password: none },
      world,
    )
    await sink.deliver([eventAt(0)], never)
    expect(server.mails).toHaveLength(1)
  })

  it('syslog', async () => {
    const came: Buffer[] = []
    const server = createTls(identity, (socket) => {
      socket.on('data', (piece: Buffer) => came.push(piece))
      socket.on('error', () => undefined)
    })
    const address = { protocol: 'tls', host: 'localhost', port: await portOf(server) } as const
    const sink = openSyslog(
      { kind: 'syslog', ...common, address, facility: 'local3', authorities: null },
      world,
    )
    await sink.deliver([eventAt(0)], never)
    await expect.poll(() => Buffer.concat(came).length).toBeGreaterThan(50)
  })

  it('HTTPS', async () => {
    const server = createHttps(identity, (_, response) => response.end('hello'))
    const authorities = await readAuthorities(null)
    const transport = openTransport(`https://localhost:${await portOf(server)}/`, reachWith({ authorities }))
    closes.push(() => transport.close())
    expect((await transport.read('x', 9, never))?.bytes).toHaveLength(5)
  })

  it('FTPS', async () => {
    const served = new Map([['x', Buffer.from('hello')]])
    const server = await startFtpServer({ files: served, tls: identity })
    closes.push(() => server.close())
    const authorities = await readAuthorities(null)
    const transport = openTransport(`ftps://localhost:${server.port}/`, reachWith({ authorities }))
    closes.push(() => transport.close())
    expect((await transport.read('x', 9, never))?.bytes).toHaveLength(5)
  })
})
