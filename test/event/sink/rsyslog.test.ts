import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SyslogConfig } from '../../../src/event/sink/sink-config.ts'
import { openSyslog } from '../../../src/event/sink/syslog.ts'
import { closedPort, common, eventAt, type Folder, makeFolder, never, world } from './world.ts'

function isInstalled(): boolean {
  try {
    execFileSync('rsyslogd', ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** What rsyslogd read out of one message. */
interface Parsed {
  readonly version: string
  readonly priority: string
  readonly time: string
  readonly host: string
  readonly app: string
  readonly process: string
  readonly id: string
  readonly structure: string
  readonly text: string
}

describe.skipIf(!isInstalled())('a real rsyslogd', () => {
  let folder: Folder
  let daemon: ChildProcess
  let ports: { tcp: number; udp: number }
  const out = () => join(folder.path, 'out.log')
  const socket = () => join(folder.path, 'log')

  beforeAll(async () => {
    folder = makeFolder()
    ports = { tcp: await closedPort(), udp: await closedPort() }
    const fields = {
      version: 'protocol-version',
      priority: 'pri',
      time: 'timereported',
      host: 'hostname',
      app: 'app-name',
      process: 'procid',
      id: 'msgid',
      structure: 'structured-data',
      text: 'msg',
    }
    const properties = Object.entries(fields).map(([name, property]) => {
      const date = property === 'timereported' ? ' dateFormat="rfc3339"' : ''
      return `property(outname="${name}" name="${property}"${date} format="jsonf")`
    })
    writeFileSync(
      join(folder.path, 'rsyslog.conf'),
      `module(load="imudp") module(load="imtcp") module(load="imuxsock" SysSock.Use="off")
global(workDirectory="${folder.path}")
template(name="json" type="list" option.jsonf="on") { ${properties.join(' ')} }
ruleset(name="take") { action(type="omfile" file="${out()}" template="json") }
input(type="imudp" address="127.0.0.1" port="${ports.udp}" ruleset="take")
input(type="imtcp" address="127.0.0.1" port="${ports.tcp}" ruleset="take")
input(type="imuxsock" socket="${socket()}" useSpecialParser="off" ruleset="take")
`,
    )
    const args = ['-n', '-f', join(folder.path, 'rsyslog.conf'), '-i', join(folder.path, 'pid')]
    daemon = spawn('rsyslogd', args, { stdio: 'ignore' })
    for (let tries = 0; tries < 100 && !(await listens(ports.tcp)); tries += 1) await wait(100)
  })
  afterAll(() => {
    daemon?.kill('SIGKILL')
    folder?.remove()
  })

  function listens(port: number): Promise<boolean> {
    return new Promise((resolve) => {
      const probe = connect(port, '127.0.0.1')
      probe.on('connect', () => resolve(true)).on('error', () => resolve(false))
      probe.on('connect', () => probe.destroy())
    })
  }

  async function parsed(mark: string, count: number): Promise<Parsed[]> {
    for (let tries = 0; tries < 100; tries += 1) {
      const text = existsSync(out()) ? readFileSync(out(), 'utf8') : ''
      // What follows the last line end is being written.
      const lines = text.split('\n').slice(0, -1)
      // It joins the properties to an object a line, with or without braces by version.
      const found = lines.filter((line) => line.includes(mark)).map((line) => JSON.parse(line) as Parsed)
      if (found.length >= count) return found
      await wait(100)
    }
    throw new Error(existsSync(out()) ? readFileSync(out(), 'utf8') : 'nothing came')
  }

  const sinkTo = (address: SyslogConfig['address']) =>
    openSyslog({ kind: 'syslog', ...common, address, facility: 'local3', authorities: null }, world)

  it.each(['tcp', 'udp'] as const)('reads every part of what comes over %s', async (protocol) => {
    const mark = `over-${protocol}`
    const hostile = { message: `${mark} ä\n<0>1 - "x"]\r\n${'€'.repeat(3000)}`, path: 'a"b]c\\d' }
    const events = [
      eventAt(0, { message: `${mark} plain`, source: 'rapid', set: '20261121.003' as never }),
      eventAt(1, hostile),
    ]
    await sinkTo({ protocol, host: '127.0.0.1', port: ports[protocol] }).deliver(events, never)
    const [first, second] = await parsed(mark, 2)
    expect(first).toMatchObject({
      version: '1',
      priority: '155',
      host: 'host.test',
      app: 'defs',
      process: String(process.pid),
      id: 'update.failed',
      structure: '[defs@32473 id="1000" set="20261121.003" source="rapid" code="FETCH_SIZE"]',
    })
    expect(Date.parse(first?.time ?? '')).toBe(Date.parse(events[0]?.time ?? ''))
    expect(first?.text.replace('\ufeff', '')).toBe(`${mark} plain`)
    expect(second?.structure).toContain('path="a\\"b\\]c\\\\d"')
    expect(second?.text.replace('\ufeff', '')).toContain(`${mark} ä <0>1 - "x"] €€€`)
  })

  it('reads what comes by the local socket', async () => {
    await sinkTo({ protocol: 'unix', path: socket() }).deliver([eventAt(0, { message: 'by socket' })], never)
    const [first] = await parsed('by socket', 1)
    expect(first).toMatchObject({
      priority: '155',
      app: 'defs',
      process: String(process.pid),
      id: 'update.failed',
    })
    expect(first?.text.replace('\ufeff', '')).toBe('by socket')
    expect(first?.structure).toContain('id="1000"')
  })
})
