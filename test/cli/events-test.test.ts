import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SmtpServer, startSmtpServer } from '../support/smtp-server.ts'
import { type Bench, openBench } from './world.ts'

let bench: Bench
let server: SmtpServer
beforeEach(async () => {
  bench = openBench()
  server = await startSmtpServer()
})
afterEach(async () => {
  await server.close()
  bench.remove()
})

function configure(...sinks: string[]): string {
  const lines = sinks.map((sink) => `    - { ${sink} }`).join('\n')
  return bench.put(
    'defs.yaml',
    `store: { root: '${bench.root}/store' }\nevents:\n  sinks:${lines === '' ? ' []' : `\n${lines}`}\n`,
  )
}

const mail = (to: string) =>
  `kind: mail, host: localhost, port: ${server.port}, tls: none, from: d@host.test, to: [${to}], events: [30]`
const program = (status: number) =>
  `kind: command, argv: ['${process.execPath}', '-e', 'process.exit(${status})']`
const test = (file: string, ...more: string[]) =>
  bench.run(['events', 'test', '--json', '--config', file, ...more], { env: process.env })

describe('defs events test', () => {
  it('sends through every sink, past its filter', async () => {
    const { code, json } = await test(configure(mail('a@b.test'), program(0)))
    expect(json).toMatchObject({
      command: 'events test',
      ok: true,
      exitCode: 0,
      sinks: [
        { name: 'mail', kind: 'mail', delivered: true, error: null },
        { name: 'command', kind: 'command', delivered: true, error: null },
      ],
    })
    expect(code).toBe(0)
    expect(server.mails).toHaveLength(1)
  })

  it('says which sink failed and tries the others', async () => {
    const { code, json } = await test(configure(program(1), mail('a@b.test'), mail('')))
    expect(code).toBe(3)
    expect(json.error.code).toBe('SINK_FAILED')
    expect(json.sinks.map(({ delivered }: { delivered: boolean }) => delivered)).toEqual([false, true, false])
  })

  it('tries one by name or place', async () => {
    const file = configure(program(1), mail('a@b.test'))
    expect((await test(file, '--sink', 'mail')).code).toBe(0)
    expect((await test(file, '--sink', '1')).code).toBe(0)
    expect((await test(file, '--sink', '0')).code).toBe(3)
    expect((await test(file, '--sink', 'none')).code).toBe(2)
    expect(server.mails).toHaveLength(2)
  })

  it('does not say that all is well when there is no sink', async () => {
    expect((await test(configure())).code).toBe(3)
  })

  it('warns of a mailbox without recipients, and so does config check', async () => {
    const file = configure(mail(''))
    const check = await bench.run(['config', 'check', '--json', '--config', file])
    expect(check.code).toBe(0)
    expect(check.json.warnings.filter((text: string) => text.includes('mail'))).toHaveLength(1)
  })

  it('keeps the password out of everything it prints', async () => {
    const secret = bench.put('password', 's3cret\n')
    const file = configure(`${mail('a@b.test')}, username: u, passwordFile: '${secret}'`)
    server.behave({ login: { user: 'u', password: 'other' } })
    const ran = await test(file, '--verbose')
    expect(ran.code).toBe(3)
    expect(ran.stdout + ran.stderr).not.toContain('s3cret')
    expect(readFileSync(join(bench.root, 'password'), 'utf8')).toContain('s3cret')
  })
})
