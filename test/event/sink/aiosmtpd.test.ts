import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMail } from '../../../src/event/sink/mail.ts'
import { defaultBody, defaultSubject } from '../../../src/event/sink/mail-text.ts'
import { common, eventAt, type Folder, makeCertificate, makeFolder, never, world } from './world.ts'

// The system's own: its packages are not those of another python in the path.
const python = '/usr/bin/python3'

function isInstalled(): boolean {
  try {
    execFileSync(python, ['-c', 'import aiosmtpd'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

// Demands STARTTLS and a login, and prints each mail as a line of JSON.
const program = `
import asyncio, email, email.policy, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
class Handler:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        print(json.dumps(dict(to=envelope.rcpt_tos, subject=mail['Subject'], tls=bool(session.ssl),
            keys=sorted(mail.keys()), body=mail.get_content())), flush=True)
        return '250 OK'
def login(server, session, envelope, mechanism, data):
    return AuthResult(success=data == LoginPassword(b'upd', b's3cret'))
async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    make = lambda: SMTP(Handler(), hostname='localhost', tls_context=context, require_starttls=True,
        authenticator=login, auth_required=True)
    server = await asyncio.get_running_loop().create_server(make, '127.0.0.1', 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(120)
asyncio.run(main())`

describe.skipIf(!isInstalled())('a real mail server', () => {
  let folder: Folder
  let server: ChildProcess
  let reader: Interface
  const lines: string[] = []
  let tls: ReturnType<typeof makeCertificate>

  beforeAll(async () => {
    folder = makeFolder()
    tls = makeCertificate(folder.path)
    server = spawn(python, ['-c', program, tls.certificate, tls.key], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    if (!server.stdout) throw new Error('it has no output')
    reader = createInterface(server.stdout).on('line', (text) => lines.push(text))
    await line(0)
  })
  afterAll(() => {
    server?.kill('SIGKILL')
    folder?.remove()
  })

  async function line(index: number): Promise<string> {
    while (lines[index] === undefined) await once(reader, 'line')
    return lines[index] ?? ''
  }

  it('receives the alert after STARTTLS and login', async () => {
    const file = join(folder.path, 'password')
    writeFileSync(file, 's3cret\n', { mode: 0o600 })
    const sink = openMail(
      {
        kind: 'mail',
        ...common,
        host: 'localhost',
        port: Number(await line(0)),
        tls: 'starttls',
        username: 'upd',
        password: { file, variable: null },
        from: { name: '', address: 'defs@host.test' },
        to: ['one@example.test', 'two@example.test'],
        subject: `${defaultSubject} ä€`,
        body: defaultBody,
        authorities: tls.certificate,
      },
      world,
    )
    await sink.deliver(
      [eventAt(0, { errorCode: null, set: '20261121.003' as never }, 'definitions.updated')],
      never,
    )
    const mail = JSON.parse(await line(1))
    expect(mail).toMatchObject({
      to: ['one@example.test', 'two@example.test'],
      subject: 'LiveUpdate Completed ä€',
      tls: true,
    })
    expect(mail.keys).toContain('Auto-Submitted')
    expect(mail.body).toMatch(/^The system completed a LiveUpdate operation\.\r?\n/)
  })
})
