import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EventName } from '../../../src/event/catalogue.ts'
import { openMail } from '../../../src/event/sink/mail.ts'
import { defaultBody, defaultSubject, templateProblem } from '../../../src/event/sink/mail-text.ts'
import type { MailConfig } from '../../../src/event/sink/sink-config.ts'
import { type SmtpServer, startSmtpServer } from '../../support/smtp-server.ts'
import {
  closedPort,
  common,
  eventAt,
  type Folder,
  makeCertificate,
  makeFolder,
  never,
  soon,
  world,
} from './world.ts'

let folder: Folder
let tls: { certificate: string; key: string }
let server: SmtpServer
beforeAll(() => {
  folder = makeFolder()
  tls = makeCertificate(folder.path)
})
afterAll(() => folder.remove())
beforeEach(async () => {
  server = await startSmtpServer()
})
afterEach(() => server.close())

function mailer(more: Partial<MailConfig> = {}) {
  const config: MailConfig = {
    kind: 'mail',
    ...common,
    host: 'localhost',
    port: server.port,
    tls: 'none',
    username: null,
    password: { file: null, variable: null },
    from: { name: '', address: 'defs@host.test' },
    to: ['one@example.test', 'two@example.test'],
    subject: defaultSubject,
    body: defaultBody,
    authorities: null,
    ...more,
  }
  return openMail(config, world)
}

const failed = expect.objectContaining({ code: 'SINK_FAILED' })
const header = (name: string, at = 0) =>
  new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, 'mi').exec(server.mails[at]?.raw ?? '')?.[1]
const body = (at = 0) => server.mails[at]?.raw.split('\r\n\r\n').slice(1).join('\r\n\r\n') ?? ''
const named = (name: EventName, facts = {}) => eventAt(0, { errorCode: null, ...facts }, name)

describe('an alert by mail', () => {
  it('goes to every recipient, in the words of the seed', async () => {
    await mailer().deliver([named('definitions.updated', { set: '20261121.003' })], never)
    expect(server.mails).toMatchObject([
      { from: 'defs@host.test', to: ['one@example.test', 'two@example.test'], secure: false },
    ])
    expect(header('Subject')).toBe('LiveUpdate Completed')
    expect(header('Auto-Submitted')).toBe('auto-generated')
    expect(body()).toMatch(/^The system completed a LiveUpdate operation\.\r\n/)
    expect(body()).toContain('20261121.003')
    await mailer().deliver([named('disk.low', { path: '/var/lib/defs' })], never)
    expect(header('Subject', 1)).toBe('Low Disk Space Threshold Exceeded')
    expect(body(1)).toMatch(/^The \/var\/lib\/defs directory is running dangerously low on disk space\.\r\n/)
  })

  it('cannot be given another header or recipient by an event', async () => {
    const message = 'x\r\nBcc: thief@example.test\r\n\r\nbody\u2028y gpj\u202e.exe'
    await mailer({ body: '[MESSAGE]' }).deliver([eventAt(0, { message })], never)
    expect(header('Subject')).toContain('x Bcc: thief@example.test body y gpj .exe')
    expect(header('Bcc')).toBeUndefined()
    expect(server.mails[0]?.to).toHaveLength(2)
    expect(server.commands.filter((line) => line.startsWith('RCPT'))).toHaveLength(2)
  })

  it('fills templates in one pass', async () => {
    const event = named('update.not-taken', { reason: '[HOST] [NONE]', set: '20261121.003' })
    await mailer({ subject: '[[[ID]] [HOST]: [SET]', body: '[REASON] [LEVEL]' }).deliver([event], never)
    expect(header('Subject')).toBe('[1002] host.test: 20261121.003')
    expect(body().trim()).toBe('[HOST] [NONE] information')
  })

  it('is one for many when more than three wait', async () => {
    const events = [0, 1, 2, 3].map((second) => eventAt(second, { message: `number ${second}` }))
    const sink = mailer()
    expect([1, 3, 4, 1000].map(sink.take)).toEqual([1, 1, 4, 100])
    await sink.deliver(events, never)
    expect(server.mails).toHaveLength(1)
    for (const { message } of events) expect(body()).toContain(message)
  })

  it('without recipients is a failure', async () => {
    await expect(mailer({ to: [] }).deliver([eventAt(0)], never)).rejects.toEqual(failed)
    expect(server.commands).toEqual([])
  })
})

describe('the connection to a mail server', () => {
  const login = { user: 'upd', password: 's3cret' }
  const password = () => ({ file: join(folder.path, 'password'), variable: null })
  beforeEach(() => writeFileSync(password().file, 's3cret\nnot this\n', { mode: 0o600 }))

  it('is secured by STARTTLS before the login', async () => {
    server.behave({ tls, login })
    const sink = mailer({
      tls: 'starttls',
      username: 'upd',
      password: password(),
      authorities: tls.certificate,
    })
    await sink.deliver([eventAt(0)], never)
    expect(server.mails).toMatchObject([{ secure: true, user: 'upd' }])
  })

  it('is TLS from the first byte where that is configured', async () => {
    server.behave({ tls, implicit: true })
    await mailer({ tls: 'tls', authorities: tls.certificate }).deliver([eventAt(0)], never)
    expect(server.mails).toMatchObject([{ secure: true }])
  })

  it('gives nothing to a server without STARTTLS, or without a certificate we trust', async () => {
    server.behave({ login })
    const sink = mailer({
      tls: 'starttls',
      username: 'upd',
      password: password(),
      authorities: tls.certificate,
    })
    await expect(sink.deliver([eventAt(0)], never)).rejects.toEqual(failed)
    server.behave({ login, tls })
    const unknown = mailer({ tls: 'starttls', username: 'upd', password: password() })
    await expect(unknown.deliver([eventAt(0)], never)).rejects.toEqual(failed)
    expect(server.mails).toEqual([])
    expect(server.commands.filter((line) => /^(AUTH|MAIL)/.test(line))).toEqual([])
  })

  it.each([
    ['a wrong password', { login: { user: 'upd', password: 'other' } }, 'SINK_FAILED'],
    ['a refused sender', { answers: { MAIL: '550 no' } }, 'SINK_FAILED'],
    ['a server that is full', { answers: { DATA: '452 later' } }, 'SINK_FAILED'],
    ['one of the recipients refused', { refuse: ['two@example.test'] }, 'SINK_REFUSED'],
    ['all recipients refused', { refuse: ['one@example.test', 'two@example.test'] }, 'SINK_FAILED'],
  ])('fails with %s', async (_, behaviour, code) => {
    server.behave(behaviour)
    const more = 'login' in behaviour ? { username: 'upd', password: password() } : {}
    const error = mailer(more).deliver([eventAt(0)], never)
    await expect(error).rejects.toEqual(expect.objectContaining({ code }))
    await expect(error).rejects.not.toEqual(
      expect.objectContaining({ message: expect.stringContaining('s3cret') }),
    )
  })

  it('fails where nobody listens, or nobody speaks', async () => {
    await expect(mailer({ port: await closedPort() }).deliver([eventAt(0)], never)).rejects.toEqual(failed)
    server.behave({ silent: true })
    await expect(mailer().deliver([eventAt(0)], soon())).rejects.toEqual(failed)
  })

  it('fails without its password', async () => {
    const none = { file: join(folder.path, 'none'), variable: null }
    await expect(mailer({ username: 'upd', password: none }).deliver([eventAt(0)], never)).rejects.toEqual(
      failed,
    )
    writeFileSync(password().file, '\n')
    chmodSync(password().file, 0o600)
    await expect(
      mailer({ username: 'upd', password: password() }).deliver([eventAt(0)], never),
    ).rejects.toEqual(failed)
    expect(server.commands).toEqual([])
  })
})

describe('a template', () => {
  it.each(['', 'plain ] text', '[SUBJECT]', '[[SUBJECT]', '[[', 'a [[[SET]] b', '[ACTION]\n[CAUSE]'])(
    '%j is good',
    (template) => expect(templateProblem(template)).toBeNull(),
  )
  it.each(['[Set]', '[SETT]', '[', '[]', 'x [SET', '[SET [HOST]', '[defs] x', '[ SET]'])(
    '%j is not',
    (template) => expect(templateProblem(template)).toBeTypeOf('string'),
  )
})
